import { encodeBase64, parseJsonObject } from '@portcullis/wire';
import { DpopKeyFailure } from './dpop-key-failure.js';
import type { DpopProofs } from './dpop-proofs.js';
import { formEncoded, writeForm, type FormFields } from './form.js';
import type { SigningSecret } from './signing-secret.js';
import { utf8Bytes } from './text-bytes.js';

export interface BackChannelParts {
  readonly appId: string;
  readonly clientSecret: SigningSecret | undefined;
  readonly fetch: typeof globalThis.fetch;
  readonly proofs: DpopProofs | undefined;
}

/** How the app says who it is (RFC 6749 §2.3.1, §3.2.1): one of the two. */
export interface AppCredentials {
  readonly authorization?: string;
  readonly clientId?: string;
}

export interface BackChannelRequest {
  readonly url: string;
  readonly form: FormFields;
  readonly credentials: AppCredentials;
  /** `dpop`: with a proof of the installation's key. */
  readonly proof: 'dpop' | 'none';
  readonly signal?: AbortSignal;
}

export interface BackChannelAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when it is no JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** What the app asks an authorization server by itself, without the user's browser. */
export class BackChannel {
  constructor(private readonly parts: BackChannelParts) {}

  /** Throws what reading the client secret throws. */
  async credentials(): Promise<AppCredentials> {
    const { appId, clientSecret } = this.parts;
    if (clientSecret === undefined) return { clientId: appId };
    const secret = typeof clientSecret === 'string' ? clientSecret : await clientSecret();
    // RFC 6749 §2.3.1: each half is form-encoded first.
    const basic = encodeBase64(utf8Bytes(`${formEncoded(appId)}:${formEncoded(secret)}`));
    return { authorization: `Basic ${basic}` };
  }

  /**
   * Asked once; and once more, nothing having been done, where the proof was refused for want of a nonce that the refusal
   * brings (RFC 9449 §8). Throws what `fetch` throws, and a DpopKeyFailure.
   */
  async post(request: BackChannelRequest): Promise<BackChannelAnswer> {
    const { proofs } = this.parts;
    const first = await this.ask(request);
    if (!proofs || request.proof === 'none') return first;
    const hasNonce = proofs.learn(request.url, first.headers);
    if (!hasNonce || first.status !== 400 || first.body?.['error'] !== 'use_dpop_nonce') return first;
    const second = await this.ask(request);
    proofs.learn(request.url, second.headers);
    return second;
  }

  private async ask({
    url,
    form,
    credentials,
    proof,
    signal,
  }: BackChannelRequest): Promise<BackChannelAnswer> {
    const { fetch, proofs } = this.parts;
    const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' });
    if (credentials.authorization !== undefined) headers.set('authorization', credentials.authorization);
    if (proofs && proof === 'dpop')
      headers.set('dpop', await proofs.prove({ method: 'POST', url }).catch(keyFailure));
    const response = await fetch(url, {
      method: 'POST',
      headers,
      // A redirect would carry codes and tokens to wherever it leads.
      redirect: 'error',
      cache: 'reload',
      body: writeForm({ ...form, client_id: credentials.clientId }),
      ...(signal && { signal }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: parseJsonObject(await response.text()),
    };
  }
}

function keyFailure(cause: unknown): never {
  throw new DpopKeyFailure(cause);
}

/** The error code of an answer (RFC 6749 §5.2). */
export function oauthErrorOf({ body }: BackChannelAnswer): string | undefined {
  const error = body?.['error'];
  return typeof error === 'string' ? error : undefined;
}
