import type { LayerName } from './layer-order.js';

export interface IntegrityDemand {
  /** The token is worth one call: its `jti` is claimed. */
  readonly singleUse?: boolean;
  /** The token must be bound (`pay`) to the Authorization value it travels with. */
  readonly bound?: boolean;
}

/** What a route demands, as a host writes it in `@Protect(...)`. Naming a layer's option demands the layer. */
export interface ProtectOptions {
  /** Scopes that the app must hold. The app key itself is always checked. */
  readonly app?: readonly string[];
  readonly signature?: boolean;
  readonly integrity?: boolean | IntegrityDemand;
  /** Scopes that must be effective for this user through this app; `true` demands a user and no scope. */
  readonly user?: boolean | readonly string[];
}

/** The same, gathered from every decorator and guard of a handler. */
export interface Protection {
  readonly layers: ReadonlySet<LayerName>;
  readonly appScopes: readonly string[];
  readonly userScopes: readonly string[];
  readonly integrity: IntegrityDemand;
}
