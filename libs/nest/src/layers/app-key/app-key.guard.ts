import { Injectable } from '@nestjs/common';
import { LayerGuard } from '../../pipeline/index.js';

/** Demands a registered app. */
@Injectable()
export class AppKeyGuard extends LayerGuard {
  static override readonly layer = 'app-key';
}
