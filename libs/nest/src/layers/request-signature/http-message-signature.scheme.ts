import { createHash } from 'node:crypto';
import {
  componentsToCover,
  headerValues,
  parseContentDigest,
  signatureBase,
  type RequestSignature,
} from '@portcullis/wire';
import type { CredentialSources, InboundRequest } from '../../pipeline/index.js';
import { hmacSha256, macEquals } from './mac.js';
import type { PresentedSignature, SignatureScheme } from './signature-scheme.js';

type MessageSignature = Extract<RequestSignature, { scheme: 'rfc9421' }>;

const DIGESTS = ['sha-256', 'sha-512'] as const;
const LONGEST_NONCE = 128;

/** RFC 9530: every digest that we know must match, and there must be one. */
function digestHolds(request: InboundRequest): boolean {
  const fields = headerValues(request.rawHeaders, 'content-digest');
  if (fields.length === 0) return request.body.kind === 'none';
  const digests = parseContentDigest(fields.join(', '));
  const bytes = request.body.kind === 'bytes' ? request.body.bytes : new Uint8Array();
  const known = DIGESTS.filter((algorithm) => digests?.has(algorithm));
  return (
    known.length > 0 &&
    known.every((algorithm) =>
      macEquals(createHash(algorithm.replace('-', '')).update(bytes).digest(), digests?.get(algorithm)),
    )
  );
}

/** RFC 9421 with `hmac-sha256` (§3.3.3). */
export class HttpMessageSignatureScheme implements SignatureScheme<MessageSignature> {
  readonly name = 'rfc9421';

  constructor(private readonly sources: CredentialSources) {}

  present({ input, signature }: MessageSignature, request: InboundRequest): PresentedSignature {
    const { created, expires, nonce = '', alg } = input.parameters;
    const covered = new Set(input.components);
    const targetUri = `${request.origin?.text ?? ''}${request.target}`;
    const base = signatureBase(input, { method: request.method, targetUri, headers: request.rawHeaders });
    // The algorithm is the key's; a signer may name it, and may not choose another (RFC 9421 §3.2 step 6).
    const readable =
      base !== undefined &&
      created !== undefined &&
      nonce !== '' &&
      nonce.length <= LONGEST_NONCE &&
      (alg === undefined || alg === 'hmac-sha256');
    return {
      createdSeconds: created ?? 0,
      expiresSeconds: expires,
      nonce,
      covers: readable && this.coversAll(covered, request) && digestHolds(request),
      verify: (key) => macEquals(hmacSha256(key, base ?? ''), signature),
    };
  }

  private coversAll(covered: ReadonlySet<string>, request: InboundRequest): boolean {
    return componentsToCover({
      has: (name) => request.header(name) !== undefined,
      hasBody: request.body.kind === 'bytes',
      integrityHeaders: this.sources.integrityHeaders,
    }).every((name) => covered.has(name));
  }
}
