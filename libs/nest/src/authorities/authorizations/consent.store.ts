/** What a user has allowed an app, for one resource server. */
export interface ConsentRecord {
  readonly userId: string;
  readonly appId: string;
  /** The issuer's own API: null. */
  readonly resource: string | null;
  /** All that was ever allowed and not withdrawn. */
  readonly scopes: readonly string[];
  /** When scopes were allowed last. */
  readonly grantedAt: Date;
}

/** Consents. Takes part in `Transactions`. What an app, a user or a resource server had is removed with them. */
export abstract class ConsentStore {
  /** Adds the scopes to what was allowed before; false, and nothing written, when there is no such app. */
  abstract add(consent: ConsentRecord): Promise<boolean>;
  /** In a transaction, as it stays until that has ended. */
  abstract find(
    key: Pick<ConsentRecord, 'userId' | 'appId' | 'resource'>,
  ): Promise<ConsentRecord | undefined>;
  /** Latest first. */
  abstract listOf(userId: string): Promise<ConsentRecord[]>;
  /** Withdraws all that a user has allowed an app; how many records there were. */
  abstract remove(userId: string, appId: string): Promise<number>;
}
