import {
  decodeBase64,
  encodeBase64,
  formatHawkAuthorization,
  HAWK_PAYLOAD_SUFFIX,
  hawkNormalizedString,
  hawkPayloadPrefix,
  parseServerAuthorization,
  type HawkArtifacts,
  type Origin,
} from '@portcullis/wire';
import { AnswerError } from './answer-error.js';
import type { Bytes, CryptoEngine } from './crypto-engine.js';
import { equalBytes } from './equal-bytes.js';
import { makeNonce } from './make-nonce.js';
import type { OutboundRequest } from './outbound-request.js';
import { RequestSigner, type AnswerVerifier } from './request-signer.js';
import type { SigningKey } from './signing-key.js';
import { concatBytes, latin1Bytes, utf8Bytes } from './text-bytes.js';

export interface HawkParts {
  readonly appId: string;
  readonly key: SigningKey;
  readonly engine: CryptoEngine;
  readonly origin: Origin;
}

/** Hawk 1 with SHA-256, in both directions. */
export class HawkSigner extends RequestSigner {
  constructor(private readonly parts: HawkParts) {
    super();
  }

  override async sign(request: OutboundRequest, createdSeconds: number): Promise<AnswerVerifier> {
    const { appId: id, key, engine, origin } = this.parts;
    const { method, target, headers, body } = request;
    const attributes = {
      ts: createdSeconds,
      nonce: await makeNonce(engine),
      ...(body && { hash: encodeBase64(await this.payloadHash(headers, body)) }),
    };
    const { hostname: host, port } = origin;
    const artifacts: HawkArtifacts = { ...attributes, method, resource: target, host, port };
    const mac = encodeBase64(await key.mac(hawkNormalizedString('header', artifacts)));
    // The user comes first: what Authorization carries already stays there.
    const field = headers.has('authorization') ? 'x-app-authorization' : 'authorization';
    headers.set(field, formatHawkAuthorization({ id, mac, ...attributes }));
    return (answer) => this.verify(answer, artifacts);
  }

  /**
   * The MAC, made for this request's nonce, and the hash of the payload (Hawk API, "Response Payload Validation"). A
   * refusal may come without either, for the guards refuse whoever they do not know; no success may.
   */
  private async verify(answer: Response, { ext: _ext, hash: _hash, ...asked }: HawkArtifacts): Promise<void> {
    const field = answer.headers.get('server-authorization');
    if (field === null && answer.status >= 400) return;
    const claimed = parseServerAuthorization(field ?? '');
    const unauthentic = new AnswerError('answer_unauthentic', answer.status);
    if (!claimed) throw unauthentic;
    const { mac, ...answered } = claimed;
    const text = hawkNormalizedString('response', { ...asked, ...answered });
    if (!(await this.parts.key.verify(text, mac))) throw unauthentic;
    // The answer to a HEAD has the hash of a payload that it does not have.
    if (asked.method === 'HEAD') return;
    const body = new Uint8Array(await answer.clone().arrayBuffer());
    if (claimed.hash === undefined && body.byteLength === 0) return;
    const hash = await this.payloadHash(answer.headers, body);
    if (!equalBytes(hash, decodeBase64(claimed.hash ?? ''))) throw unauthentic;
  }

  private payloadHash(headers: Headers, body: Bytes): Bytes | Promise<Bytes> {
    const prefix = latin1Bytes(hawkPayloadPrefix(headers.get('content-type') ?? undefined));
    return this.parts.engine.sha256(concatBytes(prefix, body, utf8Bytes(HAWK_PAYLOAD_SUFFIX)));
  }
}
