import { formatBytes, parseBytesDictionary } from './structured-fields.js';

/** RFC 9530 §2: digests by algorithm, or undefined when the field is malformed. Unknown algorithms are kept. */
export function parseContentDigest(field: string): Map<string, Uint8Array> | undefined {
  return parseBytesDictionary(field);
}

/** RFC 9530 §2: the field for one digest of the body's bytes. */
export function formatContentDigest(algorithm: 'sha-256' | 'sha-512', digest: Uint8Array): string {
  return `${algorithm}=${formatBytes(digest)}`;
}
