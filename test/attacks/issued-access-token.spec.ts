import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { FixedClock } from '../../libs/nest/src/testing/index.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { kidOf, signingNode, TOKEN_ISSUER, type SigningNode } from '../support/signing-node.js';
import {
  inOtherSerialisations,
  OTHER_KINDS,
  otherSpellings,
  publicKeyAsBytes,
  STRANGE_KIDS,
  withOtherS,
  withWrongSignatureForms,
  WRONG_ALGORITHMS,
} from '../support/token-mutations.js';

const HOLDS = { kind: 'access-token', userId: 'user-1', clientId: 'bank-ios', sessionId: 'session-1' };
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describeOnOneDatabase('An access token that was issued here', (open) => {
  let database: OpenedDatabase;
  let clock: FixedClock;
  let node: SigningNode;
  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    clock = new FixedClock('2026-03-01T12:00:00.250Z');
    node = signingNode({ dataSource: database.dataSource, clock });
    await node.forge();
  });
  afterAll(() => database.close());

  const present = async (text: string) => node.verifier.verify(text);
  const refuses = async (forgery: Parameters<SigningNode['forge']>[0]) =>
    expect({ forgery, found: await present(await node.forge(forgery)) }).toEqual({
      forgery,
      found: undefined,
    });
  const nowSeconds = () => Math.floor(clock.now() / 1000);

  it('says which user, through which app, in which session, with which scopes', async () => {
    const { accessToken, tokenId } = await node.issue();
    const granted = ['accounts:read', 'transfers:write'];
    expect(await present(accessToken)).toEqual({ ...HOLDS, id: tokenId, granted });
    expect(await present(await node.forge())).toMatchObject(HOLDS);
    const scopeless = await node.issue({ scopes: [] });
    expect(await present(scopeless.accessToken)).toMatchObject({ granted: [] });
    expect(await present(await node.forge({ header: { typ: 'application/at+jwt' } }))).toMatchObject(HOLDS);
  });

  it('[D01] is refused with alg none, with and without a signature', async () => {
    const good = await node.forge();
    const [, payload, signature] = good.split('.') as [string, string, string];
    const header = { typ: 'at+jwt', kid: kidOf(good) };
    for (const alg of WRONG_ALGORITHMS)
      for (const tail of ['', signature])
        expect(await present(`${encoded({ ...header, alg })}.${payload}.${tail}`)).toBeUndefined();
  });

  it('[D02] is refused with an HMAC that was made with a public key', async () => {
    const [key] = await node.directory.verifying(kidOf(await node.forge()));
    for (const bytes of publicKeyAsBytes((key as NonNullable<typeof key>).key))
      await refuses({ key: createSecretKey(bytes), header: { alg: 'HS256' } });
  });

  it('[D04] brings no key along, and has no address asked', async () => {
    const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const jwk = theirs.publicKey.export({ format: 'jwk' });
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    for (const header of [{ jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ key: theirs.privateKey, header });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ key: theirs.privateKey, header: { ...header, kid: 'theirs' } });
    }
    server.close();
    expect(asked).toBe(0);
  });

  it('[D05] is looked up by a kid of the ring only, and needs one', async () => {
    for (const kid of [...STRANGE_KIDS, undefined])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ header: { kid } });
  });

  it('[D07] is refused with crit and b64', async () => {
    for (const header of [{ crit: ['x'], x: 1 }, { crit: [] }, { b64: false, crit: ['b64'] }, { b64: true }])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ header });
  });

  it('[D08] is refused in any other serialisation', async () => {
    for (const text of inOtherSerialisations(await node.forge())) expect(await present(text)).toBeUndefined();
  });

  it('[D09] [I07] is refused in every second spelling, and once it is revoked in the one that was right as well', async () => {
    const { accessToken, tokenId } = await node.issue();
    const other = await node.issue();
    const variants = [accessToken, withOtherS(accessToken), ...otherSpellings(accessToken)];
    const before = await Promise.all(variants.map(present));
    expect(before.map((found) => found?.id)).toEqual([
      tokenId,
      tokenId,
      ...otherSpellings(accessToken).map(() => undefined),
    ]);
    await node.revoke('revoked-token', tokenId);
    for (const text of variants) expect(await present(text)).toBeUndefined();
    expect(await present(other.accessToken)).toMatchObject(HOLDS);
  });

  it('[D10] is refused with a signature in DER or of another length', async () => {
    const good = await node.forge();
    for (const text of withWrongSignatureForms(good)) expect(await present(text)).toBeUndefined();
    expect(await present(withOtherS(good))).toMatchObject(HOLDS);
  });

  it('[D11] is refused without any one of its claims', async () => {
    const names = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'sid', 'auth_time'];
    for (const name of names)
      for (const value of [undefined, null, [], {}, true, ''])
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await refuses({ claims: { [name]: value } });
  });

  it('[D12] is held against the clock', async () => {
    const now = nowSeconds();
    expect(await present(await node.forge({ claims: { exp: now + 200.9, iat: now - 0.5 } }))).toMatchObject(
      HOLDS,
    );
    const times: object[] = [
      { exp: now - 6 },
      { exp: `${now + 200}` },
      { exp: 1e308 },
      { exp: -1 },
      { iat: now + 60, exp: now + 120 },
      { iat: 'soon' },
      { nbf: now + 60 },
      { nbf: 'soon' },
      { exp: now + 301 },
      { iat: 0 },
      ...[-1, 0, 1e308, '1', Number.NaN].map((authTime) => ({ auth_time: authTime })),
    ];
    for (const claims of times)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ claims: claims as Record<string, unknown> });
    const { accessToken, expiresInSeconds } = await node.issue();
    expect(await present(accessToken)).toMatchObject(HOLDS);
    clock.advance(expiresInSeconds);
    expect(await present(accessToken)).toMatchObject(HOLDS);
    clock.advance(6);
    expect(await present(accessToken)).toBeUndefined();
  });

  it('[D14] names its issuer and its audience character by character', async () => {
    expect(await present(await node.forge({ claims: { aud: ['shop', TOKEN_ISSUER] } }))).toMatchObject(HOLDS);
    for (const other of [
      `${TOKEN_ISSUER}/`,
      TOKEN_ISSUER.toUpperCase(),
      'http://bank.example',
      '',
      7,
      ['x'],
    ]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ claims: { iss: other } });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ claims: { aud: other } });
    }
    const elsewhere = await node.issue({ audience: 'https://shop.example' });
    expect(await present(elsewhere.accessToken)).toBeUndefined();
  });

  it('[D15] is no other kind of token', async () => {
    for (const typ of OTHER_KINDS)
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ header: { typ } });
  });

  it('[E02] is refused when it is bound to a key, or has no user', async () => {
    for (const cnf of [{ jkt: 'x' }, {}, null])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await refuses({ claims: { cnf } });
    await refuses({ claims: { sub: 'bank-ios' } });
  });

  it('[I07] is refused once its session, user or app is revoked, or everything, by when the session began', async () => {
    const begun = (at: string) => node.issue({ sessionBegunAt: new Date(at) });
    const before = await begun('2026-03-01T11:00:00.499Z');
    const after = await begun('2026-03-01T11:00:00.500Z');
    const at = new Date('2026-03-01T11:00:00.500Z');
    const targets = [
      ['revoked-user', 'user-1'],
      ['revoked-app', 'bank-ios'],
      ['revoked-all', '*'],
    ] as const;
    for (const [kind, id] of targets) {
      const other = signingNode({ dataSource: database.dataSource, clock });
      expect(await other.verifier.verify(before.accessToken)).toMatchObject(HOLDS);
      await other.revokeBefore(kind, id, at);
      expect(await other.verifier.verify(before.accessToken)).toBeUndefined();
      expect(await other.verifier.verify(after.accessToken)).toMatchObject(HOLDS);
    }
    const elsewhere = await node.issue({ sessionId: 'session-2' });
    await node.revoke('revoked-session', 'session-1');
    expect(await present(after.accessToken)).toBeUndefined();
    expect(await present(elsewhere.accessToken)).toMatchObject({ sessionId: 'session-2' });
  });

  it('bounds what it hands on, and hands on no text that a store would change', async () => {
    const longest = 'x'.repeat(256);
    expect(await present(await node.forge({ claims: { sid: longest } }))).toMatchObject({
      sessionId: longest,
    });
    for (const name of ['sub', 'client_id', 'jti', 'sid'])
      for (const value of ['', `${longest}x`, 'a\u0000', 'a\nb', 'a\ud800', 7])
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        await refuses({ claims: { [name]: value } });
  });
});
