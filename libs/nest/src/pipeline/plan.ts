import type { LayerName } from './layer-order.js';
import type { SecurityLayer } from './security-layer.js';

export interface Step {
  readonly layer: SecurityLayer<unknown>;
  readonly policy: unknown;
}

/** What one handler demands, compiled at boot. */
export interface Plan {
  /** `POST /transfers`, for the log and the documentation. */
  readonly route: string;
  readonly steps: readonly Step[];
  readonly protection: {
    readonly layers: readonly LayerName[];
    readonly appScopes: readonly string[];
    readonly userScopes: readonly string[];
    readonly singleUse: boolean;
  };
}

type Handler = (...args: never[]) => unknown;

/** Plans by controller class and handler: an inherited handler has one plan per controller. */
export class PlanBook {
  private readonly plans = new Map<unknown, Map<unknown, Plan>>();

  set(controller: unknown, handler: Handler, plan: Plan): void {
    const ofClass = this.plans.get(controller) ?? new Map<unknown, Plan>();
    this.plans.set(controller, ofClass.set(handler, plan));
  }

  of(controller: unknown, handler: unknown): Plan | undefined {
    return this.plans.get(controller)?.get(handler);
  }
}
