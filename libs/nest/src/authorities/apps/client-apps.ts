import type { AppRecord } from './app.store.js';

/** An app as a client of the token endpoint (RFC 6749 §2). */
export type ClientApp = Omit<AppRecord, 'tier' | 'createdAt'>;

export interface ClientWithSecrets {
  readonly app: ClientApp;
  /** Keyed hashes of the client secrets that hold now, newest first; none for a public app. */
  readonly secretHashes: readonly string[];
}

/** Apps that ask for tokens. On the way of every refresh: an adapter answers from memory when it can. */
export abstract class ClientApps {
  /** Undefined when there is no such app. Throws when it cannot know. */
  abstract find(appId: string): ClientWithSecrets | undefined | Promise<ClientWithSecrets | undefined>;
}
