import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { LayerName } from './layer-order.js';
import { Admission } from './admission.js';

/**
 * Base of the guards that a host stacks with `@UseGuards`. Whichever of them runs first runs the handler's whole plan;
 * the others find it done.
 */
@Injectable()
export abstract class LayerGuard implements CanActivate {
  /** The layer that the guard demands; the plan compiler reads it at boot. */
  static readonly layer: LayerName = 'app-key';

  constructor(protected readonly admission: Admission) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const admitted = this.admission.admit(context);
    return admitted instanceof Promise ? admitted.then(() => true) : true;
  }
}

/** What `@Protect(...)` stacks. */
@Injectable()
export class ProtectGuard extends LayerGuard {}
