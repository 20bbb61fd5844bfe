import { z } from 'zod';
import { KeySet } from './app-integrity.store.js';
import { readOptions } from '../../pipeline/index.js';

/** A single-use token must be remembered for as long as it lives. */
export const LONGEST_LIFE_SECONDS = 86_400;
const DEFAULT_LIFE_SECONDS = 300;

export const issuerSchema = z
  .strictObject({
    /** Who the facts say vouched for the app. */
    name: z.string().min(1),
    /** Header that its tokens travel in. */
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/, 'expected the name of a header')
      .transform((name) => name.toLowerCase()),
    /** JOSE `typ` that its tokens must have; `null`: any, for issuers that set none. */
    type: z.string().nullable(),
    /** Required `iss`, compared character by character. */
    issuer: z.string().optional(),
    /** One of these must be in `aud`. */
    audiences: z.array(z.string()).min(1).optional(),
    /** `secret`: HS256 under the app's integrity secrets. A key set: ES256 under the issuer's published keys. */
    keys: z.union([z.literal('secret'), z.instanceof(KeySet)], { error: 'expected "secret" or a KeySet' }),
    /** Tokens name the app in `sub` (`sub`), or leave it to the secret that they are verified with (`secret`). */
    appFrom: z.enum(['sub', 'secret']).default('sub'),
    /**
     * How long a token may live, from `iat` (then demanded) to `exp`; `null`: as long as its issuer says. 300, and `null`
     * where `type` is.
     */
    maxLifeSeconds: z.number().int().min(1).max(LONGEST_LIFE_SECONDS).nullable().optional(),
  })
  .transform(({ maxLifeSeconds, ...issuer }) => ({
    ...issuer,
    maxLifeSeconds:
      maxLifeSeconds === undefined && issuer.type !== null ? DEFAULT_LIFE_SECONDS : (maxLifeSeconds ?? null),
  }));

export const appIntegrityOptionsSchema = z.strictObject({
  /**
   * Who issues integrity tokens; each has a header of its own. Unless given, one of your own: `X-Integrity-Token`, `typ`
   * `integrity+jwt`, HS256 under the app's integrity secrets, for 300 s at the most.
   */
  issuers: z
    .array(issuerSchema)
    .min(1)
    .default([
      {
        name: 'portcullis',
        header: 'x-integrity-token',
        type: 'integrity+jwt',
        keys: 'secret',
        appFrom: 'sub',
        maxLifeSeconds: DEFAULT_LIFE_SECONDS,
      },
    ])
    .refine(
      (issuers) => new Set(issuers.map(({ header }) => header)).size === issuers.length,
      'expected a header of its own for every issuer',
    )
    .refine(
      (issuers) => issuers.every(({ appFrom, keys }) => appFrom === 'sub' || keys === 'secret'),
      'expected appFrom: "sub" where keys are published: such a key says nothing about the app',
    ),
  /** How far the clocks of issuer and node may be apart. */
  skewSeconds: z.number().min(0).max(60).default(5),
});

export type AppIntegrityOptionsInput = z.input<typeof appIntegrityOptionsSchema>;
export type IntegrityIssuer = z.output<typeof issuerSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class AppIntegrityOptions {
  readonly issuers: readonly IntegrityIssuer[];
  /** Lower-case names of the headers that carry a token. */
  readonly headers: readonly string[];
  readonly skewSeconds: number;

  constructor(input: AppIntegrityOptionsInput = {}) {
    const options = readOptions('integrity', appIntegrityOptionsSchema, input);
    this.issuers = options.issuers;
    this.headers = options.issuers.map(({ header }) => header);
    this.skewSeconds = options.skewSeconds;
    Object.freeze(this);
  }
}

/**
 * What Approov sets: HS256 under the account's secret, which is this app's integrity secret here; no `typ`, no app, and no
 * `iat` to count a life from.
 */
export function approovIssuer(): z.input<typeof issuerSchema> {
  return {
    name: 'approov',
    header: 'approov-token',
    type: null,
    keys: 'secret',
    appFrom: 'secret',
    maxLifeSeconds: null,
  };
}
