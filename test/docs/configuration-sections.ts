import { z } from 'zod';
import { EXPECTED, environmentSchema } from '../../src/config/environment.js';
import { oauthOptionsSchema } from '../../libs/nest/src/authorities/oauth/oauth.options.js';
import { sessionOptionsSchema } from '../../libs/nest/src/authorities/sessions/session.options.js';
import { accessTokenOptionsSchema } from '../../libs/nest/src/authorities/tokens/access-token.options.js';
import { tokenOptionsSchema } from '../../libs/nest/src/authorities/tokens/token.options.js';
import { passwordHasherOptionsSchema } from '../../libs/nest/src/authorities/users/password-hasher.js';
import {
  appIntegrityOptionsSchema,
  issuerSchema,
} from '../../libs/nest/src/layers/app-integrity/app-integrity.options.js';
import { remoteKeySetOptionsSchema } from '../../libs/nest/src/layers/app-integrity/remote-key-set.options.js';
import { requestSignatureOptionsSchema } from '../../libs/nest/src/layers/request-signature/request-signature.options.js';
import { dpopOptionsSchema } from '../../libs/nest/src/layers/user/dpop.options.js';
import { adminOptionsSchema } from '../../libs/nest/src/operations/admin/admin.options.js';
import { cleanerOptionsSchema } from '../../libs/nest/src/operations/cleaner/cleaner.options.js';
import { pipelineOptionsSchema, revocationSchema } from '../../libs/nest/src/pipeline/pipeline.options.js';
import { usePortcullisOptionsSchema } from '../../libs/nest/src/pipeline/use-portcullis.js';
import { portcullisOptionsSchema, registrySchema } from '../../libs/nest/src/portcullis.options.js';
import { appSettingSchema } from '../../libs/nest/src/stores/memory/app-setting.js';
import { redisStoresOptionsSchema } from '../../libs/nest/src/stores/redis/redis-stores.options.js';
import { embeddedPostgresOptionsSchema } from '../../libs/nest/src/stores/typeorm/embedded/embedded-postgres.js';

/** A table of the page: the members of what one file declares under one name. */
export interface Section {
  readonly title: string;
  readonly intro: string;
  readonly path: string;
  readonly name: string;
  /** What it extends, in the same file. */
  readonly extended?: string;
  /** Absent: an interface, of which types are all that is known. */
  readonly schema?: z.ZodType;
  /** What a member has to be, where its schema has no words for it. */
  readonly expected?: Readonly<Record<string, string | undefined>>;
}

const NEST = 'libs/nest/src';
const CLIENT = 'libs/client/src';
const of = (title: string, intro: string, place: Omit<Section, 'title' | 'intro'>): Section => ({
  title,
  intro,
  ...place,
});

/** The page, in its order. */
export const SECTIONS: readonly Section[] = [
  of(
    '`PortcullisModule.forRoot`',
    'Or `forRootAsync({ imports, inject, useFactory })`, whose factory makes the same object. `isGlobal: false` beside it keeps the module from being global.',
    {
      path: `${NEST}/pipeline/pipeline.options.ts`,
      name: 'pipelineOptionsSchema',
      schema: pipelineOptionsSchema,
    },
  ),
  of('Apps, users and stores', 'Members of the same object.', {
    path: `${NEST}/portcullis.options.ts`,
    name: 'portcullisOptionsSchema',
    schema: portcullisOptionsSchema,
  }),
  of('`apps[]`', 'An app that is listed in the options.', {
    path: `${NEST}/stores/memory/app-setting.ts`,
    name: 'appSettingSchema',
    schema: appSettingSchema,
  }),
  of('`signature`', 'See [request signature](request-signature.md).', {
    path: `${NEST}/layers/request-signature/request-signature.options.ts`,
    name: 'requestSignatureOptionsSchema',
    schema: requestSignatureOptionsSchema,
  }),
  of('`dpop`', 'How proofs of the key that a token is bound to are judged (RFC 9449); see [DPoP](dpop.md).', {
    path: `${NEST}/layers/user/dpop.options.ts`,
    name: 'dpopOptionsSchema',
    schema: dpopOptionsSchema,
  }),
  of('`integrity`', 'See [app integrity](app-integrity.md).', {
    path: `${NEST}/layers/app-integrity/app-integrity.options.ts`,
    name: 'appIntegrityOptionsSchema',
    schema: appIntegrityOptionsSchema,
  }),
  of('`integrity.issuers[]`', '`approovIssuer()` makes one.', {
    path: `${NEST}/layers/app-integrity/app-integrity.options.ts`,
    name: 'issuerSchema',
    schema: issuerSchema,
  }),
  of(
    '`new RemoteKeySet`',
    'Keys that an issuer publishes: `keys` of an issuer. `cooldownSeconds` ≤ `maxAgeSeconds` ≤ `maxStaleSeconds`.',
    {
      path: `${NEST}/layers/app-integrity/remote-key-set.options.ts`,
      name: 'remoteKeySetOptionsSchema',
      schema: remoteKeySetOptionsSchema,
    },
  ),
  of('`accessTokens`', 'See [user](user.md).', {
    path: `${NEST}/authorities/tokens/access-token.options.ts`,
    name: 'accessTokenOptionsSchema',
    schema: accessTokenOptionsSchema,
  }),
  of('`registry`', 'With `stores`.', {
    path: `${NEST}/portcullis.options.ts`,
    name: 'registrySchema',
    schema: registrySchema,
  }),
  of(
    '`sessions`',
    'With `stores`; see [sessions](user.md#sessions). `idleTtlSeconds` ≤ `absoluteTtlSeconds`, `firstWaitSeconds` ≤ `longestWaitSeconds`.',
    {
      path: `${NEST}/authorities/sessions/session.options.ts`,
      name: 'sessionOptionsSchema',
      schema: sessionOptionsSchema,
    },
  ),
  of(
    '`tokens`',
    'With `stores`; see [tokens](tokens.md). `accessTokenTtlSeconds` and `refreshGraceSeconds` ≤ `refreshIdleTtlSeconds` ≤ `refreshAbsoluteTtlSeconds`.',
    {
      path: `${NEST}/authorities/tokens/token.options.ts`,
      name: 'tokenOptionsSchema',
      schema: tokenOptionsSchema,
    },
  ),
  of(
    '`OAuthModule.forRoot`',
    'Or `forRootAsync`. With `stores` and `tokens`; see [the authorization server](authorization-server.md).',
    {
      path: `${NEST}/authorities/oauth/oauth.options.ts`,
      name: 'oauthOptionsSchema',
      schema: oauthOptionsSchema,
      expected: { scopes: 'by scope, a text, or `{ en, de? }`; each 1 to 200 characters' },
    },
  ),
  of('`revocation`', 'See [revocation](revocation.md). `strictStaleAfterSeconds` ≤ `staleAfterSeconds`.', {
    path: `${NEST}/pipeline/pipeline.options.ts`,
    name: 'revocationSchema',
    schema: revocationSchema,
  }),
  of('`cleaner`', 'With `stores`.', {
    path: `${NEST}/operations/cleaner/cleaner.options.ts`,
    name: 'cleanerOptionsSchema',
    schema: cleanerOptionsSchema,
  }),
  of('`passwords`', 'With `stores`.', {
    path: `${NEST}/authorities/users/password-hasher.ts`,
    name: 'passwordHasherOptionsSchema',
    schema: passwordHasherOptionsSchema,
  }),
  of('`usePortcullis(app, …)`', '', {
    path: `${NEST}/pipeline/use-portcullis.ts`,
    name: 'usePortcullisOptionsSchema',
    schema: usePortcullisOptionsSchema,
  }),
  of(
    '`AdminModule.forRoot`',
    'Or `forRootAsync`. Beside it, a `newUserHook`, a class that does what the host does for a new user, in the same transaction, and the `imports` that it needs. See [administration](administration.md).',
    {
      path: `${NEST}/operations/admin/admin.options.ts`,
      name: 'adminOptionsSchema',
      schema: adminOptionsSchema,
    },
  ),
  of('`RedisStores.connect`', 'See [several nodes](several-nodes.md).', {
    path: `${NEST}/stores/redis/redis-stores.options.ts`,
    name: 'redisStoresOptionsSchema',
    extended: 'connectRedisOptionsSchema',
    schema: redisStoresOptionsSchema,
  }),
  of('`embeddedPostgres`', 'See [where state lives](state.md).', {
    path: `${NEST}/stores/typeorm/embedded/embedded-postgres.ts`,
    name: 'embeddedPostgresOptionsSchema',
    schema: embeddedPostgresOptionsSchema,
  }),
  of('`new PortcullisClient`', 'See [client](client.md).', {
    path: `${CLIENT}/client.options.ts`,
    name: 'ClientOptions',
  }),
  of('`app` of the client', '', { path: `${CLIENT}/client.options.ts`, name: 'ClientOptions.app' }),
  of('`app.signing` of the client', '', { path: `${CLIENT}/client.options.ts`, name: 'SigningOptions' }),
  of('`integrity` of the client', '', {
    path: `${CLIENT}/client.options.ts`,
    name: 'ClientOptions.integrity',
  }),
  of('`authorization` of the client', 'See [sign-in in the browser](client.md#sign-in-in-the-browser).', {
    path: `${CLIENT}/authorization.options.ts`,
    name: 'AuthorizationOptions',
  }),
  of('`defaults` of the client, and the third argument of `fetch`', '', {
    path: `${CLIENT}/call-options.ts`,
    name: 'CallOptions',
  }),
  of(
    'Environment of the sample bank',
    'The library itself reads no environment. An empty variable counts as one that is not set.',
    {
      path: 'src/config/environment.ts',
      name: 'environmentSchema',
      schema: environmentSchema,
      expected: { NODE_ENV: 'text', ...EXPECTED },
    },
  ),
];
