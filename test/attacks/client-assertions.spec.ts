import { randomUUID } from 'node:crypto';
import { Apps, ClaimStore } from '@portcullis/nest';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import { describeOnOneDatabase } from '../support/databases.js';
import { basic, expectOAuthError, ISSUER, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

describeOnOneDatabase('Clients that sign assertions (private_key_jwt, RFC 7523)', (open) => {
  let host: OAuthHost;
  let own: PrivateKey;
  let foreign: PrivateKey;
  const id = 'signing-client';

  beforeAll(async () => {
    host = await startOAuthHost('fastify', open);
    const pair = await generateKeyPair('ES256', { extractable: true });
    own = pair.privateKey;
    foreign = (await generateKeyPair('ES256')).privateKey;
    const { kty, crv, x, y } = await exportJWK(pair.publicKey);
    const { clientSecret } = await host.get(Apps).register({
      id,
      name: 'Signs',
      clientType: 'confidential',
      scopes: ['accounts:read'],
      grantTypes: ['client_credentials'],
      clientKeys: [{ kty, crv, x, y, kid: 'one' } as never],
    });
    expect(clientSecret).toBeUndefined();
  });
  afterAll(() => host.stop());

  const seconds = () => Math.floor(host.clock.now() / 1000);
  const sound = (): JWTPayload => ({
    iss: id,
    sub: id,
    aud: ISSUER,
    jti: randomUUID(),
    iat: seconds(),
    exp: seconds() + 60,
  });
  const signed = (claims: JWTPayload, key = own, header: { typ?: string; kid?: string } = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', ...header }).sign(key);
  const presented = (assertion: string) => ({
    grant_type: 'client_credentials',
    client_assertion_type: JWT_BEARER,
    client_assertion: assertion,
  });

  it.each([
    ['without a kid', {}],
    ['with its kid', { kid: 'one' }],
    ['with a type', { typ: 'client-authentication+jwt' }],
  ])('are known by one %s', async (_, header) => {
    expect((await host.post(presented(await signed(sound(), own, header)))).status).toBe(200);
  });

  it('[H03] are known by one for the issuer in a list, whoever they say they are in the form', async () => {
    const assertion = await signed({ ...sound(), aud: [ISSUER] });
    expect((await host.post({ ...presented(assertion), client_id: id })).status).toBe(200);
    const other = { ...presented(await signed(sound())), client_id: host.publicId };
    await expectOAuthError(host.post(other), 400, 'invalid_request');
  });

  it.each<[string, (claims: JWTPayload) => JWTPayload]>([
    ['for the token endpoint', (claims) => ({ ...claims, aud: `${ISSUER}/oauth/token` })],
    ['for two audiences', (claims) => ({ ...claims, aud: [ISSUER, 'https://other.example'] })],
    ['for nobody', (claims) => ({ ...claims, aud: undefined })],
    ['without a subject', (claims) => ({ ...claims, sub: undefined })],
    ['of another issuer', (claims) => ({ ...claims, iss: 'someone' })],
    ['without an end', (claims) => ({ ...claims, exp: undefined })],
    ['that lives for an hour', (claims) => ({ ...claims, exp: seconds() + 3600 })],
    ['that is over', (claims) => ({ ...claims, exp: seconds() - 60 })],
    ['of the future', (claims) => ({ ...claims, iat: seconds() + 600, exp: seconds() + 640 })],
    ['without an id', (claims) => ({ ...claims, jti: undefined })],
    ['with a long id', (claims) => ({ ...claims, jti: 'x'.repeat(300) })],
    ['of an unknown client', (claims) => ({ ...claims, iss: 'nobody', sub: 'nobody' })],
  ])('[H03] are not known by one %s', async (_, spoilt) => {
    const assertion = await signed(spoilt(sound()));
    await expectOAuthError(host.post(presented(assertion)), 401, 'invalid_client');
  });

  it('[H03] are not known by what somebody else signed, or nobody, or with another algorithm', async () => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const { privateKey: rsa } = await generateKeyPair('RS256');
    const sign = async (alg: string, key: PrivateKey | Uint8Array) =>
      new SignJWT(sound()).setProtectedHeader({ alg }).sign(key);
    const assertions = [
      await signed(sound(), foreign),
      await signed(sound(), own, { kid: 'another' }),
      `${encode({ alg: 'none' })}.${encode(sound())}.`,
      await sign('RS256', rsa),
      await sign('HS256', Buffer.alloc(32, 1)),
      'not.a.jws',
    ];
    for (const assertion of assertions)
      await expectOAuthError(host.post(presented(assertion)), 401, 'invalid_client');
  });

  it('[H03] are known once by each of them, however many ask at once', async () => {
    const assertion = await signed(sound());
    const asked = await Promise.all(Array.from({ length: 10 }, () => host.post(presented(assertion))));
    const statuses = asked.map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array.from({ length: 9 }, () => 401)]);
    host.clock.advance(30);
    await expectOAuthError(host.post(presented(assertion)), 401, 'invalid_client');
  });

  it('[H03] wait for no more than clocks may differ where it was forgotten which they had used', async () => {
    const commit = jest.spyOn(host.get(ClaimStore), 'commit');
    const ageOf = async (claims: JWTPayload) => {
      expect((await host.post(presented(await signed(claims)))).status).toBe(200);
      const [claim] = commit.mock.lastCall?.[0] ?? [];
      // Seen from when it was made, however long ago that is by now.
      return Number(claims.exp) - 60 - (claim?.issuedAt ?? 0) / 1000;
    };
    const [ofNow, ofBefore] = [sound(), { ...sound(), iat: seconds() - 40 }];
    expect(await ageOf(ofNow)).toBeLessThanOrEqual(5);
    expect(await ageOf(ofBefore)).toBe(45);
    // Without a word of when it was made, it may have been used for as long as any lives.
    expect(await ageOf({ ...sound(), iat: undefined })).toBe(245);
    commit.mockRestore();
  });

  it('[H01] are known by nothing else, and by no second thing beside it', async () => {
    const plain = { grant_type: 'client_credentials', client_id: id };
    await expectOAuthError(host.post(plain), 401, 'invalid_client');
    await expectOAuthError(host.post({ ...plain, client_secret: 'guess' }), 401, 'invalid_client');
    const assertion = await signed(sound());
    const both = { ...presented(assertion), client_secret: 'guess', client_id: id };
    await expectOAuthError(host.post(both), 400, 'invalid_request');
    await expectOAuthError(host.post(presented(assertion), basic(id, 'guess')), 400, 'invalid_request');
    const { client_assertion_type: _, ...untyped } = presented(assertion);
    await expectOAuthError(host.post(untyped), 400, 'invalid_request');
    const mistyped = { ...presented(assertion), client_assertion_type: 'urn:other' };
    await expectOAuthError(host.post(mistyped), 401, 'invalid_client');
  });
});
