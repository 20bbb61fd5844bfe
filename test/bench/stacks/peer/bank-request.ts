import type { KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface App {
  readonly id: string;
  readonly key: KeyObject;
  readonly algorithm: 'sha256';
  readonly integrityKey: KeyObject;
  readonly scopes: readonly string[];
}

export interface User {
  readonly id: string;
  readonly scopes: readonly string[];
}

export interface HawkArtifacts {
  readonly id: string;
  readonly nonce: string;
}

/** What an Express and a Fastify request have in common, and what the guards add to it. */
export interface BankRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody?: Buffer;
  /** Not `app`, which is Express's own. */
  callingApp?: App;
  hawk: HawkArtifacts;
  integrity?: object;
  user?: User;
}
