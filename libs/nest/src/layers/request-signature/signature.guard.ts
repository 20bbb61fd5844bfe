import { Injectable } from '@nestjs/common';
import { LayerGuard } from '../../pipeline/index.js';

/** Demands a request signed by its app. */
@Injectable()
export class SignatureGuard extends LayerGuard {
  static override readonly layer = 'request-signature';
}
