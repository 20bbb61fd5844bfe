import type { AuthorizationGrant } from './authorization-grant.js';

export interface AuthorizationCodeRecord {
  /** Keyed hash of the code. */
  readonly hash: string;
  readonly grant: AuthorizationGrant;
  readonly issuedAt: Date;
  readonly expiresAt: Date;
}

/** Codes in rows. Outside of a transaction, what a method wrote is committed when it resolves. */
export abstract class AuthorizationCodeStore {
  /** False, and nothing written, when there is no such app. */
  abstract insert(code: AuthorizationCodeRecord): Promise<boolean>;
  /** By any of the hashes, whether it was consumed or not. */
  abstract find(hashes: readonly string[]): Promise<AuthorizationCodeRecord | undefined>;
  /** In one statement: true for the first who consumes it. */
  abstract consume(hash: string): Promise<boolean>;
  /** Removes codes that expired before, 1,000 at the most; how many it removed. */
  abstract removeExpired(before: Date): Promise<number>;
}
