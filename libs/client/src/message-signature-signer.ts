import {
  componentsToCover,
  formatContentDigest,
  formatSignature,
  formatSignatureInput,
  signatureBase,
  type Origin,
} from '@portcullis/wire';
import type { CryptoEngine } from './crypto-engine.js';
import { makeNonce } from './make-nonce.js';
import type { OutboundRequest } from './outbound-request.js';
import { RequestSigner } from './request-signer.js';
import type { SigningKey } from './signing-key.js';

const LABEL = 'sig';

export interface MessageSignatureParts {
  readonly appId: string;
  readonly key: SigningKey;
  readonly engine: CryptoEngine;
  readonly origin: Origin;
  /** Lower-case names of the headers that may carry an app integrity token. */
  readonly integrityHeaders: readonly string[];
}

/** RFC 9421 with `hmac-sha256` (§3.3.3), and the body's digest (RFC 9530). */
export class MessageSignatureSigner extends RequestSigner {
  constructor(private readonly parts: MessageSignatureParts) {
    super();
  }

  override async sign(
    { method, target, headers, body }: OutboundRequest,
    createdSeconds: number,
  ): Promise<undefined> {
    const { appId, key, engine, origin, integrityHeaders } = this.parts;
    if (body) headers.set('content-digest', formatContentDigest('sha-256', await engine.sha256(body)));
    const components = componentsToCover({
      has: (name) => headers.has(name),
      hasBody: body !== undefined,
      integrityHeaders,
    });
    const nonce = await makeNonce(engine);
    const parameters = { created: createdSeconds, nonce, keyid: appId, alg: 'hmac-sha256' };
    const raw = formatSignatureInput(components, parameters);
    const message = { method, targetUri: origin.text + target, headers: rawHeaders(headers) };
    const base = signatureBase({ components, raw }, message);
    if (base === undefined) throw new TypeError('a header that is to be signed is gone');
    headers.set('signature-input', `${LABEL}=${raw}`);
    headers.set('signature', formatSignature(LABEL, await key.mac(base)));
  }
}

/** By `forEach`: not every `Headers` can be iterated. */
function rawHeaders(headers: Headers): string[] {
  const raw: string[] = [];
  headers.forEach((value, name) => raw.push(name, value));
  return raw;
}
