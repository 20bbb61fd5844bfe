import { randomBytes } from 'node:crypto';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import {
  Apps,
  CallingUser,
  KeyRing,
  Protect,
  SessionsModule,
  Users,
  type CallingUserFacts,
  type PortcullisModuleOptions,
} from '@portcullis/nest';
import { OAuthModule, type OAuthOptionsInput } from '@portcullis/nest/oauth';
import {
  PORTCULLIS_ENTITIES,
  PORTCULLIS_MIGRATIONS,
  typeOrmStores,
  type TypeOrmStores,
} from '@portcullis/nest/typeorm';
import { newOpaqueKey } from '../../libs/nest/src/crypto/index.js';
import { RefreshFamilies, TokenOptions } from '../../libs/nest/src/authorities/tokens/index.js';
import { ChangeFeed, type StoredChangeFeed } from '../../libs/nest/src/state/index.js';
import type { OpenedDatabase, Tables } from './databases.js';
import { startHost, type AdapterName, type Host } from './host-app.js';
import { noteSecret } from './log-book.js';
import { aSession } from './registry-records.js';

export const ISSUER = 'https://bank.example';
export const SCOPES = ['accounts:read', 'transfers:write'];
export const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

export interface TokenAnswered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, string | number>;
}

export interface OAuthHostOptions {
  readonly oauth?: OAuthOptionsInput;
  /** The issuer of a host that is reached at this URL. Clients that look for it themselves need one that is there. */
  readonly issuerAt?: (url: string) => string;
  readonly passwords?: { readonly concurrency: number; readonly queueLimit: number };
  /** With the routes of sessions. */
  readonly sessions?: PortcullisModuleOptions['sessions'];
}

export interface OAuthHost extends Host {
  readonly stores: TypeOrmStores;
  /** A public app with sessions of tokens, a confidential one with its client secret, and a user of both. */
  readonly publicId: string;
  readonly confidential: { readonly id: string; readonly secret: string };
  readonly userId: string;
  /** How the user signs in. */
  readonly login: { readonly username: string; readonly password: string };
  get<T>(token: abstract new (...args: never[]) => T): T;
  /** The refresh token of a new session. */
  startSession(appId?: string): Promise<{ sessionId: string; refreshToken: string }>;
  /** To the token endpoint, unless another is named. */
  post(
    body: string | Record<string, string>,
    headers?: Record<string, string>,
    endpoint?: string,
  ): Promise<TokenAnswered>;
  /** The status that an access token is answered with by the issuer's own API. */
  use(accessToken: unknown, appId: string): Promise<number>;
  /** Lets time pass, until the node has heard what happened meanwhile. */
  pass(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

@Controller()
class MineController {
  @Protect({ user: true })
  @Get('mine')
  mine(@CallingUser() { id }: CallingUserFacts): object {
    return { id };
  }
}

/** Headers of a client that authenticates with `client_secret_basic`. */
export function basic(id: string, secret: string): Record<string, string> {
  return { ...FORM, Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}` };
}

/** A refusal as RFC 6749 §5.2 has it, and its headers. */
export async function expectOAuthError(
  answered: Promise<TokenAnswered>,
  status: number,
  error: string,
): Promise<Headers> {
  const { body, headers, ...answer } = await answered;
  expect({ status: answer.status, error: body['error'] }).toEqual({ status, error });
  expect(Object.keys(body).toSorted()).toEqual(['error', 'error_description']);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('pragma')).toBe('no-cache');
  expect(headers.get('content-type')).toMatch(/^application\/json/);
  return headers;
}

/** A host application with the token endpoint, over a database of its own. */
export async function startOAuthHost(
  adapter: AdapterName,
  open: (tables: Tables) => Promise<OpenedDatabase>,
  { oauth = {}, issuerAt = () => ISSUER, passwords, sessions }: OAuthHostOptions = {},
): Promise<OAuthHost> {
  const database = await open({
    entities: PORTCULLIS_ENTITIES as NonNullable<Tables['entities']>,
    migrations: PORTCULLIS_MIGRATIONS,
  });
  const stores = typeOrmStores(database.dataSource, { databaseIsOpenTo: 'this-process' });
  const keyRing = new KeyRing([randomBytes(32)]);
  const host = await startHost(adapter, {
    controllers: [MineController],
    module: (url) => ({
      apps: undefined as never,
      stores,
      keyRing,
      tokens: { issuer: issuerAt(url) },
      passwords,
      sessions,
    }),
    imports: [
      ...(sessions ? [SessionsModule] : []),
      adapter === 'express'
        ? OAuthModule.forRootAsync({ useFactory: async () => oauth })
        : OAuthModule.forRoot(oauth),
    ],
  });
  const { app, clock } = host;
  const get = <T>(token: abstract new (...args: never[]) => T): T => app.get(token, { strict: false }) as T;
  const { confidential, publicId } = await registerApps(app);
  const login = { username: 'ada', password: noteSecret(randomBytes(12).toString('hex')) };
  const user = await get(Users).register({ ...login, scopes: SCOPES });

  return {
    ...host,
    stores,
    publicId,
    confidential,
    userId: user.id,
    login,
    get,
    async startSession(appId = publicId) {
      const sessionId = newOpaqueKey().id;
      const createdAt = new Date(clock.now());
      const expiresAt = new Date(clock.now() + get(TokenOptions).refreshAbsoluteTtlMs);
      const of = { userId: user.id, appId, scopes: SCOPES, createdAt };
      const { refreshToken } = await stores.transactions.run(async () => {
        const times = { lastUsedAt: createdAt, expiresAt };
        await stores.sessions.insert(aSession({ id: sessionId, kind: 'tokens', ...of, ...times }));
        return get(RefreshFamilies).begin({ sessionId, boundKey: null, resource: null, ...of });
      });
      return { sessionId, refreshToken: noteSecret(refreshToken) };
    },
    async post(body, headers = FORM, endpoint = 'token') {
      const text = typeof body === 'string' ? body : new URLSearchParams(body).toString();
      const answer = await fetch(`${host.url}/oauth/${endpoint}`, { method: 'POST', headers, body: text });
      return {
        status: answer.status,
        headers: answer.headers,
        body: noted(bodyOf(await answer.text())),
      };
    },
    async use(accessToken, appId) {
      const headers = { 'X-Api-Key': appId, Authorization: `Bearer ${String(accessToken)}` };
      return (await fetch(`${host.url}/mine`, { headers })).status;
    },
    async pass(seconds) {
      clock.advance(seconds);
      await (get(ChangeFeed) as StoredChangeFeed).catchUp();
    },
    async stop() {
      await app.close();
      await database.close();
    },
  };
}

async function registerApps(app: INestApplication): Promise<Pick<OAuthHost, 'publicId' | 'confidential'>> {
  const apps = app.get(Apps);
  const given = { scopes: [...SCOPES, 'branches:read'], grantTypes: ['refresh_token'] };
  const mobile = await apps.register({ name: 'Bank for iOS', clientType: 'public', ...given });
  const web = await apps.register({ name: 'Web', clientType: 'confidential', ...given });
  noteSecret(web.signingSecret as string);
  const confidential = { id: web.app.id, secret: noteSecret(web.clientSecret as string) };
  return { publicId: mobile.app.id, confidential };
}

function bodyOf(text: string): TokenAnswered['body'] {
  return text === '' ? {} : (JSON.parse(text) as TokenAnswered['body']);
}

function noted(body: TokenAnswered['body']): TokenAnswered['body'] {
  for (const name of ['access_token', 'refresh_token'])
    if (typeof body[name] === 'string') noteSecret(body[name]);
  return body;
}
