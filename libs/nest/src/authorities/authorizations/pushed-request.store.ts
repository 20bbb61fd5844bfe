/** An authorization request that a client has pushed (RFC 9126). */
export interface PushedRequestRecord {
  /** Keyed hash of the reference part of its `request_uri`. */
  readonly hash: string;
  readonly appId: string;
  /** Parameters as they were checked; none is a secret. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly expiresAt: Date;
}

/** Pushed authorization requests. */
export abstract class PushedRequestStore {
  /** False, and nothing written, when there is no such app. */
  abstract insert(request: PushedRequestRecord): Promise<boolean>;
  /** By any of the hashes; undefined when there is none. */
  abstract find(hashes: readonly string[]): Promise<PushedRequestRecord | undefined>;
  /** Removes requests that expired before, 1,000 at the most; how many it removed. */
  abstract removeExpired(before: Date): Promise<number>;
}
