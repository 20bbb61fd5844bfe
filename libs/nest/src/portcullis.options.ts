import { z } from 'zod';
import { SessionOptions, sessionOptionsSchema } from './authorities/sessions/index.js';
import {
  AccessTokenOptions,
  accessTokenOptionsSchema,
  TokenOptions,
  tokenOptionsSchema,
} from './authorities/tokens/index.js';
import { passwordHasherOptionsSchema, UserAccounts } from './authorities/users/index.js';
import { KeyRing } from './crypto/index.js';
import { AppIntegrityOptions, appIntegrityOptionsSchema } from './layers/app-integrity/index.js';
import { RequestSignatureOptions, requestSignatureOptionsSchema } from './layers/request-signature/index.js';
import { DpopOptions, dpopOptionsSchema } from './layers/user/index.js';
import { CleanerOptions, cleanerOptionsSchema } from './operations/cleaner/index.js';
import {
  ClaimStore,
  Clock,
  DecisionLog,
  LoggerDecisionLog,
  PipelineOptions,
  pipelineOptionsSchema,
  readOptions,
  SystemClock,
} from './pipeline/index.js';
import type { DurableStores, SharedStores } from './portcullis.ports.js';
import { appSettingsSchema } from './stores/memory/index.js';

/** Something that a host hands over ready made; it is what it says it is when it has these members. */
function handedOver<T extends object>(expected: string, ...members: readonly (keyof T & string)[]) {
  return z.custom<T>(
    (value) =>
      typeof value === 'object' && value !== null && members.every((member) => member in (value as object)),
    { error: `expected ${expected}` },
  );
}

export const registrySchema = z.strictObject({
  /** How old a node's copy of an app or a user may be; a change is announced and takes effect earlier. */
  maxAgeSeconds: z.number().int().min(1).max(3600).default(60),
  /** How many apps, and how many users, a node keeps copies of. */
  capacity: z.number().int().min(100).max(10_000_000).default(100_000),
});

/** Options of `PortcullisModule.forRoot`, all of them. */
export const portcullisOptionsSchema = pipelineOptionsSchema
  .extend({
    /** Apps that are listed here, with users that come with access tokens, if at all. Either these or `stores`. */
    apps: appSettingsSchema.optional(),
    /** Apps, users and sessions are in a database: `typeOrmStores(dataSource)`. Either these or `apps`. */
    stores: handedOver<DurableStores>(
      'the stores of typeOrmStores(dataSource)',
      'transactions',
      'apps',
      'adminKeys',
      'audit',
      'changes',
    ).optional(),
    /** Seals and hashes what rests in the database; needed with `stores`. */
    keyRing: z.instanceof(KeyRing, { error: 'expected KeyRing.parse(text)' }).optional(),
    /** The host's own users, where it has a table of its own; with `stores`, for the sessions. */
    users: z.instanceof(UserAccounts, { error: 'expected UserAccounts' }).optional(),
    /** What nodes share: `RedisStores.connect({ url })`. Without it the process remembers for itself, and must be the only one. */
    shared: handedOver<SharedStores>(
      'RedisStores.connect({ url })',
      'attempts',
      'announcements',
      'claims',
    ).optional(),
    /** How signatures are judged. */
    signature: requestSignatureOptionsSchema.optional(),
    /** Who vouches for apps. */
    integrity: appIntegrityOptionsSchema.optional(),
    /** User access tokens that somebody else issues. */
    accessTokens: accessTokenOptionsSchema.optional(),
    /** How proofs of the key that a token is bound to are judged (RFC 9449). */
    dpop: dpopOptionsSchema.optional(),
    /** Tokens that are issued here; with `stores`. */
    tokens: tokenOptionsSchema.optional(),
    /** Copies of apps and users that a node keeps; with `stores`. */
    registry: registrySchema.optional(),
    /** How long sessions live, and how guessing is slowed down; with `stores`. */
    sessions: sessionOptionsSchema.optional(),
    /** How many passwords are hashed at once; with `stores`. */
    passwords: passwordHasherOptionsSchema.optional(),
    /** How often what has expired is removed; with `stores`. */
    cleaner: cleanerOptionsSchema.optional(),
    /** Replaces the system's time, in tests. */
    clock: z.instanceof(Clock, { error: 'expected a Clock' }).optional(),
    /** Replaces where claims are remembered. */
    claims: z.instanceof(ClaimStore, { error: 'expected a ClaimStore' }).optional(),
    /** Replaces where decisions are written: as JSON lines to Nest's logger. */
    decisions: z.instanceof(DecisionLog, { error: 'expected a DecisionLog' }).optional(),
  })
  .superRefine((options, context) => {
    const refuse = (name: string, message: string) =>
      context.addIssue({ code: 'custom', path: [name], message });
    const { apps, stores, keyRing, users, registry, sessions, passwords, tokens, accessTokens, cleaner } =
      options;
    if (apps && stores) refuse('apps', 'expected nothing beside stores: apps are registered there');
    if (!apps && !stores) refuse('apps', 'expected a list of apps, or stores in its place');
    if (stores && !keyRing) refuse('keyRing', 'expected KeyRing.parse(text), for what rests in the stores');
    if (tokens && accessTokens && tokens.issuer === accessTokens.issuer)
      refuse('accessTokens', 'expected another issuer than that of tokens');
    if (stores) return;
    const unused = Object.entries({ keyRing, users, registry, sessions, passwords, tokens, cleaner });
    for (const [name, value] of unused)
      if (value !== undefined) refuse(name, 'expected nothing without stores');
  });

export type PortcullisModuleOptions = z.input<typeof portcullisOptionsSchema>;

/** Resolved once, when the application is made; frozen. Also the injection token. */
export class PortcullisOptions {
  readonly pipeline: PipelineOptions;
  readonly signature: RequestSignatureOptions;
  readonly integrity: AppIntegrityOptions;
  readonly dpop: DpopOptions;
  readonly accessTokens: AccessTokenOptions | undefined;
  readonly tokens: TokenOptions | undefined;
  readonly sessions: SessionOptions;
  readonly cleaner: CleanerOptions;
  readonly copies: { readonly maxAgeMs: number; readonly capacity: number };
  readonly clock: Clock;
  readonly decisions: DecisionLog;
  /** As they were handed over. */
  readonly given: Pick<
    z.output<typeof portcullisOptionsSchema>,
    'apps' | 'stores' | 'keyRing' | 'users' | 'shared' | 'claims' | 'passwords'
  >;

  /** Throws `InvalidOptions`, as the constructor does. */
  static check(input: PortcullisModuleOptions): void {
    readOptions('PortcullisModule', portcullisOptionsSchema, input);
  }

  /** Throws `InvalidOptions`, naming the option, the kind of its value, and what was expected. */
  constructor(input: PortcullisModuleOptions) {
    const options = readOptions('PortcullisModule', portcullisOptionsSchema, input);
    this.pipeline = new PipelineOptions(options);
    this.signature = new RequestSignatureOptions(options.signature);
    this.integrity = new AppIntegrityOptions(options.integrity);
    this.dpop = new DpopOptions(options.dpop);
    this.accessTokens = options.accessTokens && new AccessTokenOptions(options.accessTokens);
    this.tokens = options.tokens && new TokenOptions(options.tokens);
    this.sessions = new SessionOptions(options.sessions);
    this.cleaner = new CleanerOptions(options.cleaner);
    const { maxAgeSeconds, capacity } = registrySchema.parse(options.registry ?? {});
    this.copies = Object.freeze({ maxAgeMs: maxAgeSeconds * 1000, capacity });
    this.clock = options.clock ?? new SystemClock();
    this.decisions = options.decisions ?? new LoggerDecisionLog();
    const { apps, stores, keyRing, users, shared, claims, passwords } = options;
    this.given = Object.freeze({ apps, stores, keyRing, users, shared, claims, passwords });
    Object.freeze(this);
  }
}
