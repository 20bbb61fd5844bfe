import { hash, type KeyObject } from 'node:crypto';
import {
  formatServerAuthorization,
  HAWK_PAYLOAD_SUFFIX,
  hawkNormalizedString,
  hawkPayloadPrefix,
  type HawkArtifacts,
  type RequestSignature,
} from '@portcullis/wire';
import { equalText } from '../../crypto/index.js';
import type { InboundRequest, OutboundAnswer } from '../../pipeline/index.js';
import { hmacSha256Text } from './mac.js';
import type { PresentedSignature, SignatureScheme } from './signature-scheme.js';

type HawkSignature = Extract<RequestSignature, { scheme: 'hawk' }>;

const SUFFIX = Buffer.from(HAWK_PAYLOAD_SUFFIX, 'utf8');
const NO_BYTES = new Uint8Array();

/** In base64. */
function payloadHash(contentType: string | undefined, bytes: Uint8Array): string {
  const prefix = Buffer.from(hawkPayloadPrefix(contentType), 'utf8');
  return hash('sha256', Buffer.concat([prefix, bytes, SUFFIX]), 'base64');
}

/** With a body its hash is demanded; without one a hash that came all the same must be that of nothing. */
function hashHolds(request: InboundRequest, given: string | undefined): boolean {
  if (given === undefined) return request.body.kind === 'none';
  const bytes = request.body.kind === 'bytes' ? request.body.bytes : NO_BYTES;
  return equalText(payloadHash(request.header('content-type'), bytes), given);
}

/** Hawk 1 with SHA-256, and `Server-Authorization` on the answer. */
export class HawkScheme implements SignatureScheme<HawkSignature> {
  readonly name = 'hawk';

  present({ attributes }: HawkSignature, request: InboundRequest): PresentedSignature {
    const { ts, nonce, mac, hash: payload, ext, app, dlg } = attributes;
    const { method, target: resource, origin } = request;
    const { hostname: host = '', port = 0 } = origin ?? {};
    const artifacts: HawkArtifacts = {
      ts,
      nonce,
      method,
      resource,
      host,
      port,
      hash: payload,
      ext,
      app,
      dlg,
    };
    return {
      createdSeconds: ts,
      nonce,
      covers: hashHolds(request, payload),
      verify: (key) => equalText(hmacSha256Text(key, hawkNormalizedString('header', artifacts)), mac),
      signAnswer: (key) => (answer) => signAnswer(key, artifacts, answer),
    };
  }
}

function signAnswer(
  key: KeyObject,
  artifacts: HawkArtifacts,
  { contentType, body }: OutboundAnswer,
): Readonly<Record<string, string>> {
  const payload = body && payloadHash(contentType, body);
  const answered = { ...artifacts, hash: payload, ext: undefined };
  const mac = hmacSha256Text(key, hawkNormalizedString('response', answered));
  return { 'Server-Authorization': formatServerAuthorization({ mac, hash: payload }) };
}
