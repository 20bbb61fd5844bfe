import type { DynamicModule } from '@nestjs/common';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { JwksController } from '../../libs/nest/src/authorities/oauth/endpoints/jwks.controller.js';
import { PublishedDocuments } from '../../libs/nest/src/authorities/oauth/endpoints/published-documents.js';
import {
  SigningKeyDirectory,
  SigningKeys,
  TokenOptions,
} from '../../libs/nest/src/authorities/tokens/index.js';
import { SystemClock, temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { ADAPTERS, startHost, type Host } from '../support/host-app.js';
import { kidOf, signingNode, TOKEN_ISSUER, type SigningNode } from '../support/signing-node.js';

class JwksModule {}

function servingKeysOf({ directory, keys, options }: SigningNode): DynamicModule {
  return {
    module: JwksModule,
    controllers: [JwksController],
    providers: [
      { provide: SigningKeyDirectory, useValue: directory },
      { provide: SigningKeys, useValue: keys },
      { provide: TokenOptions, useValue: options },
      PublishedDocuments,
    ],
  };
}

describe.each(ADAPTERS)('GET /oauth/jwks on %s', (adapter) => {
  describeOnOneDatabase('answers', (open) => {
    let database: OpenedDatabase;
    let host: Host | undefined;
    beforeAll(async () => {
      database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    });
    beforeEach(() => database.dataSource.query('DELETE FROM portcullis_signing_keys'));
    afterEach(() => host?.app.close());
    afterAll(() => database.close());

    const serve = async (options: Parameters<typeof signingNode>[0]['options'] = {}) => {
      const node = signingNode({ dataSource: database.dataSource, clock: new SystemClock(), options });
      host = await startHost(adapter, { imports: [servingKeysOf(node)] });
      return { node, url: `${host.url}/oauth/jwks` };
    };
    const keysAt = async (url: string) => {
      const response = await fetch(url);
      expect(response.status).toBe(200);
      return ((await response.json()) as { keys: Record<string, unknown>[] }).keys;
    };

    it('in the form of RFC 7517 §5, to be kept for five minutes, with what jose verifies by', async () => {
      const { node, url } = await serve();
      const response = await fetch(url);
      expect(response.headers.get('content-type')).toMatch(/^application\/jwk-set\+json(;|$)/);
      expect(response.headers.get('cache-control')).toBe('public, max-age=300');
      const { keys, ...rest } = (await response.json()) as { keys: object[] };
      expect(rest).toEqual({});
      const base64Url = expect.stringMatching(/^[\w-]{43}$/);
      expect(keys).toEqual([
        {
          kty: 'EC',
          crv: 'P-256',
          x: base64Url,
          y: base64Url,
          kid: expect.any(String),
          use: 'sig',
          alg: 'ES256',
        },
      ]);
      const { accessToken } = await node.issue();
      const verified = await jwtVerify(accessToken, createRemoteJWKSet(new URL(url)), {
        issuer: TOKEN_ISSUER,
        audience: TOKEN_ISSUER,
        typ: 'at+jwt',
      });
      expect(verified.payload.sub).toBe('user-1');
    });

    it('with the first key before any token was issued, and makes it once', async () => {
      const { node, url } = await serve();
      const answers = await Promise.all([1, 2, 3, 4].map(() => keysAt(url)));
      for (const keys of answers) expect(keys).toEqual(answers[0]);
      expect(await node.keys.list()).toHaveLength(1);
      expect(kidOf((await node.issue()).accessToken)).toBe(answers[0]?.[0]?.['kid']);
    });

    it('with keys that do not sign yet and those that verify still, and without those that were dropped', async () => {
      const { node, url } = await serve();
      const first = kidOf((await node.issue()).accessToken);
      const { key: second } = await node.keys.publish({ leadSeconds: 0 });
      const { key: third } = await node.keys.publish();
      const kids = async () => (await keysAt(url)).map(({ kid }) => kid);
      expect(await kids()).toEqual([third.kid, second.kid, first]);
      await node.keys.drop(first);
      expect(await kids()).toEqual([third.kid, second.kid]);
    });

    it('with no secret', async () => {
      const { node, url } = await serve({ algorithm: 'HS256' });
      expect(await keysAt(url)).toEqual([]);
      await node.keys.publish();
      await node.issue();
      expect(await keysAt(url)).toEqual([]);
    });

    it('503 while it cannot know', async () => {
      const { node, url } = await serve();
      node.watched.before = () => Promise.reject(temporarilyUnavailable('database_away'));
      const response = await fetch(url);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
      expect(response.headers.get('cache-control')).toBe('no-store');
    });
  });
});
