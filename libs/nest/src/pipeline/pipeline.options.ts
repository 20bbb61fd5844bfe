import { isIP } from 'node:net';
import { parseOrigin, type Origin } from '@portcullis/wire';
import { z } from 'zod';
import { readOptions } from './invalid-options.js';

const origin = z
  .string()
  .refine((text) => parseOrigin(text) !== undefined, 'expected an origin such as https://api.example.com');

export const revocationSchema = z
  .strictObject({
    /** How long a node that hears nothing of the others still answers; after that its protected routes answer 503. */
    staleAfterSeconds: z.number().int().min(5).max(3600).default(60),
    /** The same, of routes with `revocation: 'strict'`. */
    strictStaleAfterSeconds: z.number().int().min(2).max(60).default(5),
  })
  .refine(({ staleAfterSeconds, strictStaleAfterSeconds }) => strictStaleAfterSeconds <= staleAfterSeconds, {
    path: ['strictStaleAfterSeconds'],
    message: 'expected no more than staleAfterSeconds',
  });

/** Options of `PortcullisModule.forRoot` that concern every layer. */
export const pipelineOptionsSchema = z.strictObject({
  /** Origins under which the API is reached; a signature's host and `@target-uri` are compared with these. */
  publicOrigins: z.array(origin).min(1),
  /** Addresses whose forwarded headers count. */
  trustedProxies: z
    .array(z.string().refine((text) => isIP(text) !== 0, 'expected an IP address'))
    .default([]),
  /** What happens at boot when a route has no protection, no `@Public()` and no `@ProtectedElsewhere()`. */
  unguarded: z.enum(['refuse', 'warn', 'allow']).default('refuse'),
  /**
   * Routes added to the HTTP adapter directly that are meant to be open, such as `GET /docs`, `GET /docs/*`; on Express
   * those of mounted routers too, and `USE /path` for a whole application.
   */
  knownRoutes: z.array(z.string()).default([]),
  /** `all`: every error is answered as a problem document; `security`: only refusals of this library. */
  problems: z.enum(['all', 'security']).default('security'),
  /** How old what a node knows of revocations, suspensions and other changes may be; with `stores`. */
  revocation: revocationSchema.prefault({}),
});

export type PipelineOptionsInput = z.input<typeof pipelineOptionsSchema>;

/** Resolved at boot, frozen. Also the injection token. */
export class PipelineOptions {
  readonly publicOrigins: readonly Origin[];
  readonly trustedProxies: ReadonlySet<string>;
  readonly unguarded: 'refuse' | 'warn' | 'allow';
  readonly knownRoutes: readonly string[];
  readonly problems: 'all' | 'security';
  readonly revocation: { readonly staleAfterMs: number; readonly strictStaleAfterMs: number };

  /** Reads its own members of the module's options. Throws `InvalidOptions`. */
  constructor(input: PipelineOptionsInput) {
    const options = readOptions('PortcullisModule', pipelineOptionsSchema.strip(), input);
    this.publicOrigins = options.publicOrigins.map((text) => parseOrigin(text) as Origin);
    this.trustedProxies = new Set(options.trustedProxies);
    this.unguarded = options.unguarded;
    this.knownRoutes = options.knownRoutes;
    this.problems = options.problems;
    const { staleAfterSeconds, strictStaleAfterSeconds } = options.revocation;
    this.revocation = Object.freeze({
      staleAfterMs: staleAfterSeconds * 1000,
      strictStaleAfterMs: strictStaleAfterSeconds * 1000,
    });
    Object.freeze(this);
  }
}
