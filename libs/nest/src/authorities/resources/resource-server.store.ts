/** An API that tokens can be asked for (RFC 8707). */
export interface ResourceServerRecord {
  /** Its resource identifier, an absolute URI without a fragment: `aud` of the tokens that are for it. At most 256 characters. */
  readonly identifier: string;
  /** As it is called on the page that asks for consent. */
  readonly name: string;
  /** Scopes that mean something there; a token for it carries no others. */
  readonly scopes: readonly string[];
  /** The confidential app by which it authenticates at `/oauth/introspect`; null for one that verifies tokens itself. */
  readonly appId: string | null;
  readonly createdAt: Date;
}

/** What of a resource server can be changed. */
export type ResourceServerChanges = Partial<Pick<ResourceServerRecord, 'name' | 'scopes' | 'appId'>>;

/** Registered resource servers. Takes part in `Transactions`. */
export abstract class ResourceServerStore {
  /** False, and nothing written, when the identifier is taken. */
  abstract insert(resource: ResourceServerRecord): Promise<boolean>;
  abstract find(identifier: string): Promise<ResourceServerRecord | undefined>;
  /** By identifier. */
  abstract list(): Promise<ResourceServerRecord[]>;
  /** The resource server as it is now, or undefined when there is none. */
  abstract update(
    identifier: string,
    changes: ResourceServerChanges,
  ): Promise<ResourceServerRecord | undefined>;
  /** Removes it with what users have allowed for it; false when there was none. */
  abstract remove(identifier: string): Promise<boolean>;
}
