import { z } from 'zod';
import { jwsKeyOfJwk, type JwsKey, type VerificationJwk } from '../../crypto/index.js';
import { KeySet } from '../../layers/app-integrity/index.js';
import { readOptions } from '../../pipeline/index.js';

const MOST_KEYS = 32;
const OWN_KID = 'expected a kid of its own: several keys are told apart by it';

const jwkShape = z.looseObject({
  kty: z.string(),
  kid: z.string().min(1).max(256).optional(),
  k: z.string().optional(),
  key_ops: z.array(z.string()).optional(),
});

const jwk = z.custom<VerificationJwk>((value) => jwkShape.safeParse(value).success, {
  error: 'expected a JWK whose members are of the right type (RFC 7517 §4)',
  abort: true,
});

/** What is wrong with one of the keys, in words that hold no part of it. */
function refuseKey(
  key: VerificationJwk,
  index: number,
  keys: readonly VerificationJwk[],
): string | undefined {
  if (!jwsKeyOfJwk(key))
    return 'expected a key to verify ES256 (P-256) or HS256 (at least 32 bytes) with, not meant for anything else';
  // One key may go without: no token can mean another one.
  if (keys.length > 1 && key.kid === undefined) return OWN_KID;
  if (keys.some((other, at) => at < index && other.kid === key.kid)) return OWN_KID;
  return undefined;
}

export const accessTokenOptionsSchema = z
  .object({
    /** Required `iss`, compared character by character. */
    issuer: z.string().min(1),
    /** What this API is called in `aud`; a token must name one of these. */
    audiences: z.array(z.string().min(1)).min(1),
    /** What tokens are signed with: public P-256 keys, or HS256 secrets; more than one while a rotation overlaps. */
    keys: z
      .array(jwk)
      .min(1)
      .max(MOST_KEYS)
      .superRefine((keys, context) => {
        for (const [index, key] of keys.entries()) {
          const message = refuseKey(key, index, keys);
          if (message !== undefined) context.addIssue({ code: 'custom', path: [index], message });
        }
      })
      .optional(),
    /** Where the issuer publishes them, in the place of `keys`: `new RemoteKeySet({ url: 'https://…/oauth/jwks' })`. */
    keySet: z.instanceof(KeySet, { error: 'expected a KeySet' }).optional(),
    /** How far the clocks of issuer and node may be apart. */
    skewSeconds: z.number().min(0).max(60).default(5),
    /** A token that lives longer is refused: a revocation is remembered for so long, and must outlive what it revokes. */
    longestLifeSeconds: z.number().int().min(60).max(2_592_000).default(86_400),
  })
  .refine(({ keys, keySet }) => (keys === undefined) !== (keySet === undefined), {
    path: ['keys'],
    error: 'expected a list of keys, or a keySet in its place',
  });

export type AccessTokenOptionsInput = z.input<typeof accessTokenOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class AccessTokenOptions {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly keys: readonly JwsKey[];
  readonly keySet: KeySet | undefined;
  readonly skewSeconds: number;
  readonly longestLifeSeconds: number;

  /** Throws `InvalidOptions` that names the option and the index, and never shows a key. */
  constructor(input: AccessTokenOptionsInput) {
    const options = readOptions('accessTokens', accessTokenOptionsSchema, input);
    this.issuer = options.issuer;
    this.audiences = Object.freeze([...options.audiences]);
    this.keys = Object.freeze((options.keys ?? []).map((key) => jwsKeyOfJwk(key) as JwsKey));
    this.keySet = options.keySet;
    this.skewSeconds = options.skewSeconds;
    this.longestLifeSeconds = options.longestLifeSeconds;
    Object.freeze(this);
  }
}
