import { z } from 'zod';
import type { JwsAlgorithm } from '../../crypto/index.js';
import { readOptions } from '../../pipeline/index.js';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const YEAR_SECONDS = 365 * DAY_SECONDS;

/** How long `/oauth/jwks` may be kept by whoever verifies with it, in seconds. */
export const JWKS_MAX_AGE_SECONDS = 300;

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '' && !/[?#]/.test(text);
}

export const tokenOptionsSchema = z
  .strictObject({
    /** `iss` of every token (RFC 8414 §2): a URL without query and fragment. */
    issuer: z.string().refine(isIssuer, 'expected a URL such as https://api.example.com'),
    /** `aud` of a token that asks for no other resource; the issuer unless named. */
    audience: z.string().min(1).max(256).optional(),
    /** What new keys are for. HS256 is for those who share a secret with whoever verifies. */
    algorithm: z.enum(['ES256', 'HS256']).default('ES256'),
    /** How long an access token lives at most. When it is lowered, tokens that were to live longer are refused at once. */
    accessTokenTtlSeconds: z.number().int().min(5).max(HOUR_SECONDS).default(300),
    /** By how much of that a life is shortened at most, by chance: a fleet that signed in together refreshes apart. */
    accessTokenJitterPercent: z.number().min(0).max(50).default(5),
    /** How far the clocks of nodes may be apart. */
    skewSeconds: z.number().min(0).max(60).default(5),
    /** A refresh token that is not used for so long is over. */
    refreshIdleTtlSeconds: z
      .number()
      .int()
      .min(60)
      .max(YEAR_SECONDS)
      .default(30 * DAY_SECONDS),
    /** A family of refresh tokens is over after so long, however much it is used. */
    refreshAbsoluteTtlSeconds: z
      .number()
      .int()
      .min(60)
      .max(YEAR_SECONDS)
      .default(90 * DAY_SECONDS),
    /** How long the predecessor of a refresh token is answered with its successor again. */
    refreshGraceSeconds: z.number().min(0).max(300).default(30),
    /** How often it is. */
    refreshGraceReplays: z.number().int().min(0).max(1000).default(40),
    /** How long a new key is published before it signs: at least as long as whoever verifies may keep `/oauth/jwks`. */
    signingKeyLeadSeconds: z.number().int().min(JWKS_MAX_AGE_SECONDS).max(DAY_SECONDS).default(600),
    /** How long a key signs before the next one does. */
    rotateSigningKeysEverySeconds: z
      .number()
      .int()
      .min(2 * DAY_SECONDS)
      .max(2 * YEAR_SECONDS)
      .default(90 * DAY_SECONDS),
  })
  .refine(
    ({ refreshIdleTtlSeconds, refreshAbsoluteTtlSeconds }) =>
      refreshIdleTtlSeconds <= refreshAbsoluteTtlSeconds,
    { path: ['refreshIdleTtlSeconds'], error: 'expected at most refreshAbsoluteTtlSeconds' },
  )
  .refine(
    ({ accessTokenTtlSeconds, refreshIdleTtlSeconds }) => accessTokenTtlSeconds <= refreshIdleTtlSeconds,
    { path: ['accessTokenTtlSeconds'], error: 'expected at most refreshIdleTtlSeconds' },
  )
  .refine(({ refreshGraceSeconds, refreshIdleTtlSeconds }) => refreshGraceSeconds <= refreshIdleTtlSeconds, {
    path: ['refreshGraceSeconds'],
    error: 'expected at most refreshIdleTtlSeconds',
  });

export type TokenOptionsInput = z.input<typeof tokenOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class TokenOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithm: JwsAlgorithm;
  readonly accessTokenTtlMs: number;
  /** The part of a life that chance may take: 0.05 is 5 %. */
  readonly jitter: number;
  readonly skewSeconds: number;
  readonly refreshIdleTtlMs: number;
  readonly refreshAbsoluteTtlMs: number;
  readonly refreshGraceMs: number;
  readonly refreshGraceReplays: number;
  readonly signingKeyLeadMs: number;
  readonly rotateSigningKeysEveryMs: number;

  /** Throws `InvalidOptions`, naming the option and what was expected. */
  constructor(input: TokenOptionsInput) {
    const options = readOptions('tokens', tokenOptionsSchema, input);
    this.issuer = options.issuer;
    this.audience = options.audience ?? options.issuer;
    this.algorithm = options.algorithm;
    this.accessTokenTtlMs = options.accessTokenTtlSeconds * 1000;
    this.jitter = options.accessTokenJitterPercent / 100;
    this.skewSeconds = options.skewSeconds;
    this.refreshIdleTtlMs = options.refreshIdleTtlSeconds * 1000;
    this.refreshAbsoluteTtlMs = options.refreshAbsoluteTtlSeconds * 1000;
    this.refreshGraceMs = options.refreshGraceSeconds * 1000;
    this.refreshGraceReplays = options.refreshGraceReplays;
    this.signingKeyLeadMs = options.signingKeyLeadSeconds * 1000;
    this.rotateSigningKeysEveryMs = options.rotateSigningKeysEverySeconds * 1000;
    Object.freeze(this);
  }

  /** For how long after it ceased to sign a key can have signed something that is alive, whatever node's clock signed it. */
  get keyOutlivesItsUseMs(): number {
    return this.accessTokenTtlMs + 2 * this.skewSeconds * 1000;
  }
}
