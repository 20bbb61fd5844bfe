import type { AdminScope } from './admin-scope.js';

export interface AdminKeyRecord {
  /** Public half of the key. */
  readonly id: string;
  readonly name: string;
  /** Keyed hash of the secret half. */
  readonly secretHash: string;
  readonly scopes: readonly AdminScope[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** Named administration keys. Takes part in `Transactions`. */
export abstract class AdminKeyStore {
  abstract insert(key: AdminKeyRecord): Promise<void>;
  abstract find(id: string): Promise<AdminKeyRecord | undefined>;
  /** Whether there is such a key; if so, whoever removes it waits until the running transaction ends. */
  abstract hold(id: string): Promise<boolean>;
  /** Newest first, expired ones included. */
  abstract list(): Promise<AdminKeyRecord[]>;
  /** The key as it was, or undefined when there was none. */
  abstract remove(id: string): Promise<AdminKeyRecord | undefined>;
}
