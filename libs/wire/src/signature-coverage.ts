const ALWAYS = ['@method', '@target-uri'] as const;
const WHEN_PRESENT = [
  'authorization',
  'dpop',
  'idempotency-key',
  'content-type',
  'x-user-authorization',
] as const;

export interface MessageToCover {
  /** Whether the message has a header of this lower-case name. */
  has(name: string): boolean;
  readonly hasBody: boolean;
  /** Lower-case names of the headers that carry an app integrity token. */
  readonly integrityHeaders: readonly string[];
}

/**
 * What an RFC 9421 signature has to cover, in a signer's order: headers of which a second, unsigned reading must not
 * exist, and the digest of a body. `created` and `nonce` are parameters, and demanded besides.
 */
export function componentsToCover({ has, hasBody, integrityHeaders }: MessageToCover): string[] {
  const present = [...WHEN_PRESENT, ...integrityHeaders].filter(has);
  return [...ALWAYS, ...present, ...(hasBody ? ['content-digest'] : [])];
}
