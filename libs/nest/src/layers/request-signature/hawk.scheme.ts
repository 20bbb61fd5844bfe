import { createHash } from 'node:crypto';
import {
  decodeBase64,
  formatServerAuthorization,
  HAWK_PAYLOAD_SUFFIX,
  hawkNormalizedString,
  hawkPayloadPrefix,
  type HawkArtifacts,
  type RequestSignature,
} from '@portcullis/wire';
import type { InboundRequest } from '../../pipeline/index.js';
import { hmacSha256, macEquals } from './mac.js';
import type { PresentedSignature, SignatureScheme } from './signature-scheme.js';

type HawkSignature = Extract<RequestSignature, { scheme: 'hawk' }>;

function payloadHash(contentType: string | undefined, bytes: Uint8Array): Buffer {
  return createHash('sha256')
    .update(hawkPayloadPrefix(contentType))
    .update(bytes)
    .update(HAWK_PAYLOAD_SUFFIX)
    .digest();
}

/** With a body its hash is demanded; without one a hash that came all the same must be that of nothing. */
function hashHolds(request: InboundRequest, hash: string | undefined): boolean {
  if (hash === undefined) return request.body.kind === 'none';
  const bytes = request.body.kind === 'bytes' ? request.body.bytes : new Uint8Array();
  return macEquals(payloadHash(request.header('content-type'), bytes), decodeBase64(hash));
}

/** Hawk 1 with SHA-256, and `Server-Authorization` on the answer. */
export class HawkScheme implements SignatureScheme<HawkSignature> {
  readonly name = 'hawk';

  present({ attributes }: HawkSignature, request: InboundRequest): PresentedSignature {
    const { id: _, mac, ...signed } = attributes;
    const { origin } = request;
    const artifacts: HawkArtifacts = {
      ...signed,
      method: request.method,
      resource: request.target,
      host: origin?.hostname ?? '',
      port: origin?.port ?? 0,
    };
    return {
      createdSeconds: attributes.ts,
      nonce: attributes.nonce,
      covers: hashHolds(request, attributes.hash),
      verify: (key) =>
        macEquals(hmacSha256(key, hawkNormalizedString('header', artifacts)), decodeBase64(mac)),
      signAnswer:
        (key) =>
        ({ contentType, body }) => {
          const hash = body && payloadHash(contentType, body).toString('base64');
          const { ext: _ext, hash: _hash, ...rest } = artifacts;
          const answered = hawkNormalizedString('response', hash === undefined ? rest : { ...rest, hash });
          return {
            'Server-Authorization': formatServerAuthorization({
              mac: hmacSha256(key, answered).toString('base64'),
              hash,
            }),
          };
        },
    };
  }
}
