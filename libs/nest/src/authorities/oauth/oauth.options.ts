import { SCOPE_TOKEN } from '@portcullis/wire';
import { z } from 'zod';
import { readOptions } from '../../pipeline/index.js';
import { ClientAttestations } from './clients/client-attestations.js';

const words = z.string().min(1).max(200);

export const oauthOptionsSchema = z.strictObject({
  /** What scopes mean, in the words of whoever is asked for consent; English unless another language is given. */
  scopes: z
    .record(
      z.string().regex(SCOPE_TOKEN, 'expected a scope'),
      z.union([words, z.strictObject({ en: words, de: words.optional() })]),
    )
    .default({}),
  /** Where authorization codes live: in rows, or sealed in the code itself. */
  codes: z.enum(['stored', 'stateless']).default('stored'),
  /** How long a code can be redeemed (RFC 6749 §4.1.2). */
  codeTtlSeconds: z.number().int().min(5).max(600).default(60),
  /** How long a pushed request can be used (RFC 9126 §2.2). */
  pushedRequestTtlSeconds: z.number().int().min(5).max(600).default(90),
  /** Vouches for apps that have no secret. */
  clientAttestations: z.instanceof(ClientAttestations, { error: 'expected ClientAttestations' }).optional(),
  /** How long a user may take to sign in and decide. */
  interactionTtlSeconds: z.number().int().min(60).max(3600).default(600),
});

export type OAuthOptionsInput = z.input<typeof oauthOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class OAuthOptions {
  readonly scopeWords: ReadonlyMap<string, Readonly<{ en: string; de?: string | undefined }>>;
  readonly codes: 'stored' | 'stateless';
  readonly codeTtlMs: number;
  readonly pushedRequestTtlMs: number;
  readonly interactionTtlMs: number;
  readonly clientAttestations: ClientAttestations | undefined;

  /** Throws `InvalidOptions`, as the constructor does. */
  static check(input: OAuthOptionsInput): void {
    readOptions('OAuthModule', oauthOptionsSchema, input);
  }

  /** Throws `InvalidOptions`, naming the option and what was expected. */
  constructor(input: OAuthOptionsInput = {}) {
    const options = readOptions('OAuthModule', oauthOptionsSchema, input);
    this.scopeWords = new Map(
      Object.entries(options.scopes).map(([scope, said]) => [
        scope,
        typeof said === 'string' ? { en: said } : said,
      ]),
    );
    this.codes = options.codes;
    this.codeTtlMs = options.codeTtlSeconds * 1000;
    this.pushedRequestTtlMs = options.pushedRequestTtlSeconds * 1000;
    this.interactionTtlMs = options.interactionTtlSeconds * 1000;
    this.clientAttestations = options.clientAttestations;
    Object.freeze(this);
  }
}
