import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { calculateJwkThumbprint } from 'jose';
import { ecdsaSignatureOfDer, WebCryptoDpopKey, type ClientOptions } from '@portcullis/client';
import {
  callbackOf,
  claimsOf,
  codeApp,
  METADATA,
  ORIGIN,
  REDIRECT_URI,
  signedInByCode,
  type Served,
} from './fake-authorization-server.js';
import { athOf, verifiedProof } from './verified-proof.js';

const proofOf = ({ headers }: Served) => headers.get('dpop') ?? '';
const nonceOf = (served: Served) => claimsOf(proofOf(served))['nonce'];

/** An app with a key, whose tokens are bound to it. */
async function boundApp(options: Partial<ClientOptions> = {}) {
  const key = await WebCryptoDpopKey.generate();
  const app = codeApp({ dpop: key, ...options });
  app.server.tokenType = 'DPoP';
  return { ...app, key };
}

async function signedIn(options: Partial<ClientOptions> = {}) {
  const app = await boundApp(options);
  await signedInByCode(app);
  return app;
}

describe('A proof of the app’s key', () => {
  it('goes with the request, the code, the refresh and every call, each for itself (RFC 9449 §4.2)', async () => {
    const { client, server, key } = await boundApp();
    const thumbprint = await calculateJwkThumbprint(key.publicJwk);
    const begin = { redirectUri: REDIRECT_URI };
    const url = await client.authorization.begin(begin);
    expect(new URL(url).searchParams.get('dpop_jkt')).toBe(thumbprint);
    await client.authorization.complete(callbackOf(url));
    await client.authorization.begin({ ...begin, pushed: true });
    await client.fetch('/accounts/a%2fb?of=ada', { method: 'post', body: 'x' });
    server.revokeAccessTokens();
    await client.fetch('/accounts');
    const proven = server.served.filter(({ headers }) => headers.has('dpop'));
    const proofs = await Promise.all(proven.map((served) => verifiedProof(proofOf(served))));
    expect(proofs.map(({ htm, htu }) => [htm, htu])).toEqual([
      ['POST', METADATA.token_endpoint],
      ['POST', METADATA.pushed_authorization_request_endpoint],
      ['POST', `${ORIGIN}/accounts/a%2Fb`],
      ['GET', `${ORIGIN}/accounts`],
      ['POST', METADATA.token_endpoint],
      ['GET', `${ORIGIN}/accounts`],
    ]);
    const presented = proven.map(({ headers }) => headers.get('authorization'));
    for (const [at, { ath, thumbprint: used }] of proofs.entries()) {
      const [scheme, token] = presented[at]?.split(' ') ?? [];
      expect([scheme, ath]).toEqual(token === undefined ? [undefined, undefined] : ['DPoP', athOf(token)]);
      expect(used).toBe(thumbprint);
    }
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(6);
  });

  it('is covered by the app’s signature, and the integrity token is bound to what it goes with', async () => {
    const secret = 'a-signing-secret-of-more-than-32-bytes-in-length';
    const issue = jest.fn(async () => ({ token: 't', expiresInSeconds: 300 }));
    const { client, server } = await signedIn({
      app: { id: 'bank-ios', signing: { scheme: 'rfc9421', secret } },
      integrity: { source: { issue } },
    });
    await client.fetch('/accounts');
    const [{ headers }] = server.to('/accounts') as [Served];
    expect(headers.get('signature-input')).toContain('"dpop"');
    expect(issue.mock.calls).toEqual([[{ authorization: headers.get('authorization') }]]);
    expect(headers.get('authorization')).toMatch(/^DPoP /);
  });

  it('goes with nothing that has no bound token', async () => {
    const { client, server } = await signedIn();
    await client.fetch('/open', {}, { user: false }).catch(() => {});
    await client.fetch('/own', { headers: { authorization: 'Bearer x' } }).catch(() => {});
    expect([...server.to('/open'), ...server.to('/own')].map(proofOf)).toEqual(['', '']);
  });
});

describe('A nonce that a server wants to see', () => {
  it('is in the proof of the one request that follows, and of all after it, at that server alone (RFC 9449 §8.2)', async () => {
    const { client, server } = await boundApp();
    Object.assign(server.nonces, { token: 'as-1', api: 'rs-1' });
    const url = await client.authorization.begin({ redirectUri: REDIRECT_URI });
    await client.authorization.complete(callbackOf(url));
    for (let call = 0; call < 2; call += 1) await client.fetch('/accounts');
    expect(server.to('/token').map(nonceOf)).toEqual([undefined, 'as-1']);
    expect(server.to('/accounts').map(nonceOf)).toEqual([undefined, 'rs-1', 'rs-1']);
  });

  it('costs each of many calls one more request at the most when it changes', async () => {
    const { client, server } = await signedIn();
    server.nonces.api = 'rs-1';
    await client.fetch('/accounts');
    server.nonces.api = 'rs-2';
    const calls = Array.from({ length: 20 }, () => client.fetch('/accounts'));
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
    const sent = server.to('/accounts');
    expect(sent.length).toBeLessThanOrEqual(2 + 2 * 20);
    expect(new Set(sent.map((one) => claimsOf(proofOf(one))['jti'])).size).toBe(sent.length);
  });

  it('is taken from an answer that did not ask for it', async () => {
    const { client, server } = await signedIn();
    server.answers('/accounts', () => Response.json({}, { headers: { 'dpop-nonce': 'rs-2' } }));
    for (let call = 0; call < 2; call += 1) await client.fetch('/accounts');
    expect(server.to('/accounts').map(nonceOf)).toEqual([undefined, 'rs-2']);
  });

  const asking = (nonce?: string) => () =>
    new Response('', {
      status: 401,
      headers: {
        'www-authenticate': 'Bearer, DPoP algs="ES256", error="use_dpop_nonce"',
        ...(nonce !== undefined && { 'dpop-nonce': nonce }),
      },
    });

  it.each<[string, number, string | undefined]>([
    ['wants another each time', 2, 'n'],
    ['wants one and names none', 1, undefined],
    ['names what is none', 1, 'a b'],
    ['names one without end', 1, 'n'.repeat(5000)],
  ])('is no reason to go on for ever with a server that %s', async (_, requests, nonce) => {
    const { client, server } = await signedIn();
    server.answers('/accounts', ...Array.from({ length: 9 }, () => asking(nonce)));
    expect((await client.fetch('/accounts')).status).toBe(401);
    expect(server.to('/accounts')).toHaveLength(requests);
  });

  it.each<[string, number, Record<string, string>]>([
    ['wants another each time', 2, { 'dpop-nonce': 'n' }],
    ['wants one and names none', 1, {}],
  ])('is no reason to go on for ever with a token endpoint that %s', async (_, requests, headers) => {
    const { client, server, sessions } = await boundApp();
    const again = () => Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers });
    server.answers('/token', ...Array.from({ length: 9 }, () => again));
    const url = await client.authorization.begin({ redirectUri: REDIRECT_URI });
    await expect(client.authorization.complete(callbackOf(url))).rejects.toMatchObject({
      code: 'code_refused',
      oauthError: 'use_dpop_nonce',
    });
    expect([server.to('/token').length, sessions.load()]).toEqual([requests, undefined]);
  });

  it.each([
    ['before', asking('n')],
    ['after', undefined],
  ])('may be asked for %s the access token is refused, in one call', async (_, first) => {
    const { client, server } = await signedIn();
    server.revokeAccessTokens();
    const refused = () =>
      new Response('{"code":"user_token_invalid"}', {
        status: 401,
        headers: { 'content-type': 'application/problem+json' },
      });
    server.answers('/accounts', ...(first ? [first, refused] : [refused, asking('n')]));
    expect((await client.fetch('/accounts')).status).toBe(200);
    expect([server.to('/accounts').length, server.to('/token').length]).toEqual([3, 2]);
  });
});

describe('A session whose tokens are bound', () => {
  it.each<[string, () => Promise<Partial<ClientOptions>>]>([
    ['another key', async () => ({ dpop: () => WebCryptoDpopKey.generate() })],
    ['no key', async () => ({ dpop: undefined }) as unknown as Partial<ClientOptions>],
  ])('is over for a client that has %s, and nothing is sent', async (_, optionsOf) => {
    const onSignedOut = jest.fn();
    const { restarted, server, sessions } = await signedIn({ onSignedOut });
    const sent = server.served.length;
    const client = restarted(await optionsOf());
    await expect(client.fetch('/accounts')).rejects.toMatchObject({ code: 'session_ended' });
    expect([server.served.length, sessions.load()]).toEqual([sent, undefined]);
    expect(onSignedOut).toHaveBeenCalledTimes(1);
  });

  it('waits for a key that cannot be opened just now, and goes on with one that was kept', async () => {
    const { restarted, sessions, key } = await signedIn();
    const locked = new Error('locked');
    const open = jest
      .fn()
      .mockRejectedValueOnce(locked)
      .mockImplementation(() => WebCryptoDpopKey.of(key.pair));
    const client = restarted({ dpop: open });
    await expect(client.fetch('/accounts')).rejects.toBe(locked);
    expect(sessions.load()).toEqual(expect.any(String));
    for (let call = 0; call < 2; call += 1) expect((await client.fetch('/accounts')).status).toBe(200);
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('takes no bearer tokens in their place, neither for the code nor at a refresh', async () => {
    const app = await boundApp({ refreshTimeLimitSeconds: 1 });
    app.server.tokenType = 'Bearer';
    await expect(signedInByCode(app)).rejects.toMatchObject({ code: 'answer_unexpected' });
    app.server.tokenType = 'DPoP';
    await signedInByCode(app);
    app.server.revokeAccessTokens();
    app.server.tokenType = 'Bearer';
    await expect(app.client.fetch('/accounts')).rejects.toMatchObject({ code: 'refresh_unanswered' });
  });

  it('does not begin with a server that announces no ES256', async () => {
    const { client, server, pending } = await boundApp();
    server.metadata = { ...METADATA, dpop_signing_alg_values_supported: ['RS256'] };
    await expect(client.authorization.begin({ redirectUri: REDIRECT_URI })).rejects.toMatchObject({
      code: 'server_unsuitable',
      metadataMember: 'dpop_signing_alg_values_supported',
    });
    expect(pending.load()).toBeUndefined();
  });

  it('is not read as another from a store that was tampered with', async () => {
    const { client, server, sessions } = await signedIn();
    const kept = JSON.parse(sessions.load() ?? '') as object;
    sessions.save(JSON.stringify({ ...kept, boundTo: null }));
    await client.fetch('/open').catch(() => {});
    expect(server.to('/open').map(({ headers }) => headers.get('authorization'))).toEqual([null]);
  });
});

describe('A key', () => {
  it('of WebCrypto cannot be read, and one that can is not taken', async () => {
    const { pair } = await WebCryptoDpopKey.generate();
    await expect(crypto.subtle.exportKey('jwk', pair.privateKey)).rejects.toThrow();
    const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' };
    const open = await crypto.subtle.generateKey(ecdsa, true, ['sign', 'verify']);
    await expect(WebCryptoDpopKey.of(open)).rejects.toThrow(/^pair: expected /);
    const other = await crypto.subtle.generateKey({ ...ecdsa, namedCurve: 'P-384' }, false, [
      'sign',
      'verify',
    ]);
    await expect(WebCryptoDpopKey.of(other)).rejects.toThrow(/^pair: expected /);
  });

  it('that signs otherwise, or is another kind of key, says so', async () => {
    const { publicJwk } = await WebCryptoDpopKey.generate();
    const der = codeApp({ dpop: { publicJwk, sign: () => new Uint8Array(70) } });
    await expect(signedInByCode(der)).rejects.toThrow(/^dpop\.sign: expected /);
    const rsa = codeApp({
      dpop: { publicJwk: { ...publicJwk, kty: 'RSA' as 'EC' }, sign: () => new Uint8Array(64) },
    });
    await expect(signedInByCode(rsa)).rejects.toThrow(/^dpop\.publicJwk: expected /);
  });

  it('that its user does not unlock is asked once for a refresh, and the session stays', async () => {
    const { restarted, server, sessions, key } = await signedIn();
    const cancelled = new Error('cancelled');
    const signing = jest.fn().mockRejectedValue(cancelled);
    const client = restarted({ dpop: { publicJwk: key.publicJwk, sign: signing } });
    const late = restarted({
      dpop: { publicJwk: key.publicJwk, sign: signing },
      clock: { now: () => Date.now() + 300_000 },
    });
    await expect(client.fetch('/accounts')).rejects.toBe(cancelled);
    await expect(late.fetch('/accounts')).rejects.toBe(cancelled);
    expect([signing.mock.calls.length, server.to('/accounts'), server.to('/token').length]).toEqual([
      2,
      [],
      1,
    ]);
    expect(sessions.load()).toEqual(expect.any(String));
  });

  it('that signs in DER is read for any message (RFC 3279 §2.2.3)', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (message) => {
        const raw = ecdsaSignatureOfDer(new Uint8Array(sign('sha256', message, privateKey)));
        return verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, raw);
      }),
      { numRuns: 200 },
    );
  });

  it('that signs in DER may have numbers of any length', () => {
    const expected = new Uint8Array(64);
    expected[31] = 1;
    expected.fill(0xff, 32);
    const s = [0x02, 33, 0, ...expected.subarray(32)];
    expect(ecdsaSignatureOfDer(Uint8Array.of(0x30, 3 + 35, 0x02, 1, 1, ...s))).toEqual(expected);
    for (const der of [
      [],
      [0x30, 0],
      [0x30, 3, 0x02, 1, 1],
      [0x30, 3 + 36, 0x02, 1, 1, ...s, 0],
      [0x30, 9, 0x02, 1, 1, ...s],
    ])
      expect(() => ecdsaSignatureOfDer(Uint8Array.from(der))).toThrow(TypeError);
    const long = [0x02, 33, ...new Uint8Array(33).fill(1)];
    expect(() => ecdsaSignatureOfDer(Uint8Array.of(0x30, 38, 0x02, 1, 1, ...long))).toThrow(TypeError);
  });
});
