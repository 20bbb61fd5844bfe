import type { LayerName } from './layer-order.js';

export interface IntegrityDemand {
  /** The token is worth one call: its `jti` is claimed. */
  readonly singleUse?: boolean;
  /** The token must be bound (`pay`) to the Authorization value it travels with. */
  readonly bound?: boolean;
}

export interface SignatureDemand {
  /** A request without a signature passes; one with a wrong signature never does. */
  readonly optional: boolean;
}

/** What a route demands, as a host writes it in `@Protect(...)`. Naming a layer's option demands the layer. */
export interface ProtectOptions {
  /** Scopes that the app must hold. The app key itself is always checked. */
  readonly app?: readonly string[];
  /** `when-present`: not demanded, and verified when it is there. */
  readonly signature?: boolean | 'when-present';
  readonly integrity?: boolean | IntegrityDemand;
  /** Scopes that must be effective for this user through this app; `true` demands a user and no scope. */
  readonly user?: boolean | readonly string[];
  /** `strict`: a node that may have missed a revocation answers 503 after seconds, rather than after a minute. */
  readonly revocation?: 'strict';
}

/** The same, gathered from every decorator and guard of a handler. */
export interface Protection {
  readonly layers: ReadonlySet<LayerName>;
  readonly appScopes: readonly string[];
  readonly userScopes: readonly string[];
  readonly signature: SignatureDemand;
  readonly integrity: IntegrityDemand;
  readonly strictRevocation: boolean;
}
