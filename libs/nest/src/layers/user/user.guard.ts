import { Injectable } from '@nestjs/common';
import { LayerGuard } from '../../pipeline/index.js';

/** Demands a signed-in user: an access token or a session key. */
@Injectable()
export class UserGuard extends LayerGuard {
  static override readonly layer = 'user';
}
