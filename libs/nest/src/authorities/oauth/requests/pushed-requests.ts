import { Injectable } from '@nestjs/common';
import { freshBytes, KeyRing } from '../../../crypto/index.js';
import { Clock } from '../../../pipeline/index.js';
import { OAuthOptions } from '../oauth.options.js';
import { PushedRequestStore, type PushedRequestRecord } from '../../authorizations/index.js';

/** Purpose of the keyed hash under which a request is kept. */
const REFERENCE = 'pushed request';
const REFERENCE_BYTES = 32;
const URN = 'urn:ietf:params:oauth:request_uri:';
const REQUEST_URI = /^urn:ietf:params:oauth:request_uri:([\w-]{43})$/;

export interface PushedRequest {
  readonly appId: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Authorization requests that clients have pushed, by references that nobody can guess (RFC 9126 §2.2, §7.1). */
@Injectable()
export class PushedRequests {
  constructor(
    private readonly store: PushedRequestStore,
    private readonly keyRing: KeyRing,
    private readonly options: OAuthOptions,
    private readonly clock: Clock,
  ) {}

  /** Undefined when the app is gone. Throws when the store is away. */
  async keep(
    request: PushedRequest,
  ): Promise<{ readonly requestUri: string; readonly expiresInSeconds: number } | undefined> {
    const reference = freshBytes(REFERENCE_BYTES).toString('base64url');
    const kept = await this.store.insert({
      ...request,
      hash: this.keyRing.keyedHash(REFERENCE, reference),
      expiresAt: new Date(this.clock.now() + this.options.pushedRequestTtlMs),
    });
    if (!kept) return undefined;
    return { requestUri: URN + reference, expiresInSeconds: this.options.pushedRequestTtlMs / 1000 };
  }

  /** Undefined for whatever is not, or no longer, the `request_uri` of one. Throws when the store is away. */
  async find(requestUri: string): Promise<PushedRequestRecord | undefined> {
    const [, reference] = REQUEST_URI.exec(requestUri) ?? [];
    if (reference === undefined) return undefined;
    const found = await this.store.find(this.keyRing.keyedHashes(REFERENCE, reference));
    return found && found.expiresAt.getTime() > this.clock.now() ? found : undefined;
  }
}
