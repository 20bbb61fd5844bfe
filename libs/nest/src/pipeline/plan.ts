import type { LayerName } from './layer-order.js';
import type { SecurityLayer } from './security-layer.js';

export interface Step {
  readonly layer: SecurityLayer<unknown>;
  readonly policy: unknown;
}

/** What one handler demands, compiled at boot. */
export interface Plan {
  /** `POST /transfers`, for the log. */
  readonly route: string;
  /** All routes of the handler, for the documentation. */
  readonly routes: readonly string[];
  readonly steps: readonly Step[];
  /** How long ago this node may have heard of revocations last. */
  readonly staleAfterMs: number;
  readonly protection: {
    readonly layers: readonly LayerName[];
    readonly appScopes: readonly string[];
    readonly userScopes: readonly string[];
    readonly optionalSignature: boolean;
    readonly singleUse: boolean;
    readonly strictRevocation: boolean;
  };
}

type Handler = (...args: never[]) => unknown;

/** Plans by controller class and handler: an inherited handler has one plan per controller. */
export class PlanBook {
  private readonly plans = new Map<unknown, Map<unknown, Plan>>();
  private readonly ofLayers = new Map<LayerName, Plan>();
  private readonly opened = new Map<string, string | undefined>();

  set(controller: unknown, handler: Handler, plan: Plan): void {
    const ofClass = this.plans.get(controller) ?? new Map<unknown, Plan>();
    this.plans.set(controller, ofClass.set(handler, plan));
  }

  /** The plan of one layer and what it needs, for who asks for layers one by one. */
  setOfLayer(name: LayerName, plan: Plan): void {
    this.ofLayers.set(name, plan);
  }

  ofLayer(name: LayerName): Plan | undefined {
    return this.ofLayers.get(name);
  }

  /** Notes routes that no layer guards: open to everybody, or guarded by somebody else, who is named. */
  setOpen(routes: readonly string[], guardedBy: string | undefined): void {
    for (const route of routes) this.opened.set(route, guardedBy);
  }

  /** Plans by route. */
  byRoute(): Map<string, Plan> {
    const plans = [...this.plans.values()].flatMap((ofClass) => [...ofClass.values()]);
    return new Map(plans.flatMap((plan) => plan.routes.map((route) => [route, plan] as const)));
  }

  /** Who guards a route that no layer guards; undefined: nobody. */
  get openRoutes(): ReadonlyMap<string, string | undefined> {
    return this.opened;
  }

  of(controller: unknown, handler: unknown): Plan | undefined {
    return this.plans.get(controller)?.get(handler);
  }
}
