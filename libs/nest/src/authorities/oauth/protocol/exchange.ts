import type { Claim, InboundRequest } from '../../../pipeline/index.js';
import type { DpopProof } from '../../../layers/user/index.js';
import type { ClientApp } from '../../apps/index.js';
import type { GrantedTokens } from './granted-tokens.js';
import type { AuthorizationRequest } from '../requests/authorization-request.js';
import type { Endpoint } from './endpoint.js';
import type { ExchangeAnswer } from './exchange-answer.js';
import type { OAuthErrorCode } from './oauth-error.js';
import { NO_PARAMETERS, type Parameters } from './parameters.js';

/** How a client has proven who it is (RFC 8414 §2). `none`: it has only said so. */
export type ClientMethod =
  'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | 'attest_jwt_client_auth' | 'none';

/** Something that may be had once, and what is answered when it was had before. */
export interface ExchangeClaim {
  readonly claim: Claim;
  readonly refusal: OAuthErrorCode;
  /** For the log. */
  readonly reason: string;
}

/** Where the answer to an authorization request goes once that is known to be the app's own. */
export interface Redirection {
  readonly uri: string;
  readonly mode: 'query' | 'fragment';
  readonly state: string | undefined;
}

/** A request to the authorization server on its way through the steps; each leaves what it found for those after it. */
export class Exchange {
  parameters: Parameters = NO_PARAMETERS;
  /** Whom it says it is from; any text. */
  clientId?: string;
  /** Whom it is from. At `authorize` nobody has proven anything. */
  client?: ClientApp;
  clientMethod?: ClientMethod;
  dpop?: DpopProof;
  /** Committed at once, before anything is granted. */
  readonly claims: ExchangeClaim[] = [];
  /** `authorize`: once it is set, refusals are told to the app; before, to whoever looks at the page. */
  redirection?: Redirection;
  /** `authorize`, `pushed`: as far as it was checked. */
  request: Partial<AuthorizationRequest> = {};
  /** `token`: what was granted, for the log. */
  granted?: GrantedTokens;
  answer?: ExchangeAnswer;

  constructor(
    readonly endpoint: Endpoint,
    readonly inbound: InboundRequest,
    /** As it was parsed; of `authorize`, the query. */
    readonly body: unknown,
    /** Milliseconds since the epoch. */
    readonly startedAtMs: number,
  ) {}

  /** Throws TypeError before the client was found: a row of the table is missing. */
  get knownClient(): ClientApp {
    if (!this.client) throw new TypeError(`${this.endpoint}: the client is not known yet`);
    return this.client;
  }
}
