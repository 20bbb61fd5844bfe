import type { INestApplication } from '@nestjs/common';
import {
  accessToken,
  firstStartAt,
  FixedClock,
  integrityToken,
  SignedRequests,
  type AccessTokenParts,
  type TestRequest,
} from '@portcullis/nest/testing';
import { sendTo } from '../support/send-to.js';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import {
  INTEGRITY_SECRET,
  ISSUER,
  ORIGIN,
  PAIR,
  SHARED,
  SIGNING_SECRET,
  startSavings,
} from './savings.module.js';

const clock = new FixedClock('2026-03-29T12:00:00Z');
const options = { origin: ORIGIN, appId: 'savings', signingSecret: SIGNING_SECRET, clock };
const requests = new SignedRequests(options);
const tokenOf = (parts: Partial<AccessTokenParts> = {}) =>
  noteSecret(
    accessToken({
      issuer: ISSUER,
      audience: 'savings-api',
      key: PAIR,
      appId: 'savings',
      userId: 'ada',
      scopes: ['savings:write'],
      clock,
      ...parts,
    }),
  );

describe.each(ADAPTERS)('requests that are made for a test, on %s', (adapter) => {
  let app: INestApplication;
  beforeAll(async () => {
    app = await startSavings(adapter, (builder) => firstStartAt(builder, clock));
  });
  afterAll(() => app.close());
  const codeOf = async (request: TestRequest) => (await sendTo(app, request)).body['code'];

  it('name the app by its key', async () => {
    expect(await sendTo(app, requests.unsigned({ path: '/rates?of=today' }))).toMatchObject({
      status: 200,
      body: { app: 'savings', scopes: ['rates:read', 'savings:write'] },
    });
  });

  describe.each(['rfc9421', 'hawk'] as const)('and signed by %s', (scheme) => {
    it.each([
      ['no body', undefined, undefined],
      ['JSON', { amount: 1 }, { amount: 1 }],
      ['text', 'grüße', 'grüße'],
      ['bytes', new Uint8Array([0, 255]), '00ff'],
    ])('pass with %s', async (_, body, seen) => {
      const answer = await sendTo(app, requests[scheme]({ method: 'POST', path: '/deposits?a=%20b', body }));
      expect(answer).toMatchObject({
        status: 201,
        body: { app: 'savings', scheme, ...(seen && { body: seen }) },
      });
    });

    it('pass with an integrity token and a user, each where it belongs', async () => {
      const all = new SignedRequests({ ...options, integritySecret: INTEGRITY_SECRET, user: tokenOf() });
      const request = all[scheme]({ path: '/withdrawals', body: { amount: 1 } });
      expect(await sendTo(app, request)).toMatchObject({
        status: 201,
        body: { scheme, genuine: true, user: 'ada', scopes: ['savings:write'] },
      });
      expect(await codeOf(request)).toBe('signature_replayed');
    });

    it('are refused where the secret, the body, the path or a header is another', async () => {
      const parts = { path: '/deposits', body: { amount: 1 } };
      const right = requests[scheme](parts);
      const wrong = [
        requests[scheme]({ ...parts, secret: 'another secret, as long as it has to be' }),
        { ...right, body: '{"amount":2}' },
        { ...right, path: '/deposits?amount=2' },
        { ...right, headers: { ...right.headers, host: 'other.example' } },
      ];
      for (const request of wrong) expect(await codeOf(request)).toBe('signature_invalid');
      expect(await sendTo(app, right)).toMatchObject({ status: 201 });
    });
  });

  it('are wrong by RFC 9421 where a test says so', async () => {
    const parts = { path: '/deposits', body: {} };
    const nowSeconds = clock.now() / 1000;
    const code = (wrong: object) => codeOf(requests.rfc9421({ ...parts, ...wrong }));
    expect(await code({ parameters: { created: nowSeconds - 61 } })).toBe('signature_stale');
    expect(await code({ parameters: { expires: nowSeconds } })).toBe('signature_stale');
    expect(await code({ parameters: { nonce: undefined } })).toBe('signature_invalid');
    expect(await code({ parameters: { keyid: 'nobody' } })).toBe('signature_invalid');
    expect(await code({ components: ['@method', '@target-uri'] })).toBe('signature_invalid');
    expect(await code({ headers: { 'content-digest': undefined } })).toBe('signature_invalid');
    expect(await code({ headers: { 'Content-Digest': 'sha-256=:AAAA:' } })).toBe('signature_invalid');
    expect(() => requests.rfc9421({ ...parts, components: ['x-absent'] })).toThrow(/^components/);
  });

  it('are wrong by Hawk where a test says so', async () => {
    const code = (attributes: object) => codeOf(requests.hawk({ path: '/deposits', body: {}, attributes }));
    expect(await code({ ts: clock.now() / 1000 + 11 })).toBe('signature_stale');
    expect(await code({ hash: undefined })).toBe('signature_invalid');
    expect(await code({ mac: Buffer.alloc(32).toString('base64') })).toBe('signature_invalid');
    expect(await code({ id: 'nobody' })).toBe('signature_invalid');
    expect(await code({ ext: 'said and signed' })).toBeUndefined();
  });

  it('carry tokens that are wrong where a test says so', async () => {
    const all = new SignedRequests({ ...options, integritySecret: INTEGRITY_SECRET, user: tokenOf() });
    const code = (headers: Record<string, string | undefined>) =>
      codeOf(all.rfc9421({ path: '/withdrawals', body: {}, headers }));
    const integrity = (parts: object) =>
      noteSecret(integrityToken({ appId: 'savings', key: INTEGRITY_SECRET, clock, ...parts }));
    const withIntegrity = (parts: object) => code({ 'x-integrity-token': integrity(parts) });
    expect(await code({ 'x-integrity-token': undefined })).toBe('integrity_token_missing');
    expect(await withIntegrity({})).toBe('integrity_token_invalid');
    const authorization = `Bearer ${tokenOf()}`;
    const bound = { 'x-integrity-token': integrity({ authorization }), authorization };
    expect(await code(bound)).toBeUndefined();
    expect(await code(bound)).toBe('integrity_token_invalid');
    for (const wrong of [{ appId: 'other' }, { header: { typ: 'JWT' } }, { claims: { exp: 1 } }])
      expect(await code({ authorization, 'x-integrity-token': integrity({ authorization, ...wrong }) })).toBe(
        'integrity_token_invalid',
      );
    expect(await code({ authorization: undefined, 'x-integrity-token': integrity({}) })).toBe(
      'integrity_token_invalid',
    );
  });

  it.each([
    ['ES256', PAIR],
    ['HS256', SHARED],
  ])('carry access tokens that pass and that do not, signed by %s', async (_, key) => {
    const code = (parts: Partial<AccessTokenParts>) => {
      const user = tokenOf({ key, ...parts });
      const all = new SignedRequests({ ...options, integritySecret: INTEGRITY_SECRET, user });
      return codeOf(all.hawk({ path: '/withdrawals', method: 'POST' }));
    };
    expect(await code({})).toBeUndefined();
    expect(await code({ scopes: [] })).toBe('insufficient_scope');
    expect(await code({ appId: 'other' })).toBe('app_user_mismatch');
    for (const wrong of [
      { issuer: 'https://other.example' },
      { audience: 'other' },
      { claims: { exp: undefined } },
      { header: { typ: 'JWT' } },
      { header: { alg: 'none' } },
      { header: { kid: 'other' } },
    ])
      expect(await code(wrong)).toBe('user_token_invalid');
  });
});

describe.each(ADAPTERS)('requests for fetch, on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  it.each(['rfc9421', 'hawk'] as const)('pass by %s, at the system’s time', async (scheme) => {
    const made = new SignedRequests({ origin: host.url, appId: APP.id, signingSecret: SECRET });
    for (const body of [{ amount: 1 }, new Uint8Array([1, 2])]) {
      const { url, ...request } = made[scheme]({ path: '/signed', body });
      expect((await fetch(url, request)).status).toBe(201);
    }
  });
});

describe('the makers of requests', () => {
  it('ask for an origin, and for a secret when there is something to sign', () => {
    expect(() => new SignedRequests({ ...options, origin: 'api.example' })).toThrow(/^origin: expected/);
    const keyOnly = new SignedRequests({ origin: ORIGIN, appId: 'savings' });
    expect(() => keyOnly.rfc9421({ path: '/' })).toThrow(/^signingSecret: expected/);
    expect(keyOnly.unsigned({ path: '/rates' })).toEqual({
      method: 'GET',
      url: 'https://api.example/rates',
      path: '/rates',
      headers: { host: 'api.example', 'x-api-key': 'savings' },
    });
  });
});
