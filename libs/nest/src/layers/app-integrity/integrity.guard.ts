import { Injectable } from '@nestjs/common';
import { LayerGuard } from '../../pipeline/index.js';

/** Demands an integrity token: proof, minutes old, that this is the genuine app. */
@Injectable()
export class IntegrityGuard extends LayerGuard {
  static override readonly layer = 'app-integrity';
}
