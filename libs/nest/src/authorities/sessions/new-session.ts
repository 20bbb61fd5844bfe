import type { CallingAppFacts } from '../../pipeline/index.js';
import type { SessionKind } from '../apps/index.js';
import type { UserAccount } from '../users/index.js';
import type { TokenTerms } from './session-tokens.js';
import type { Session } from './started-session.js';

export interface NewSession {
  readonly user: UserAccount;
  readonly app: Pick<CallingAppFacts, 'id' | 'scopes'>;
  /** Narrows what the session may do; never widens it. */
  readonly requestedScopes?: readonly string[] | undefined;
  /** What the device is called, for its user to recognise. */
  readonly device?: string | undefined;
  /** Of the caller, after trusted proxies. What is kept of it is the network. */
  readonly address?: string | undefined;
  /** Of the caller, where the network is all that is known of the address any more. */
  readonly network?: string | null | undefined;
  /** `opaque` unless named. */
  readonly kind?: SessionKind | undefined;
  /**
   * Done in the transaction that keeps the session, around what keeps it: it calls `keep`, once, and answers what that
   * answers. What it throws undoes everything.
   */
  readonly within?: (<T>(session: Session, keep: () => Promise<T>) => Promise<T>) | undefined;
}

/** A session with tokens, and what these are for. */
export type NewTokenSession = NewSession & Partial<TokenTerms>;
