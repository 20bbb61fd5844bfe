import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  b64url,
  ES,
  HS,
  ISSUER,
  now,
  PAIR,
  present,
  SECRET,
  token,
  verifierOf,
} from '../support/access-tokens.js';
import {
  inOtherSerialisations,
  otherSpellings,
  publicKeyAsBytes,
  STRANGE_KIDS,
  withOtherS,
  withWrongSignatureForms,
  WRONG_ALGORITHMS,
} from '../support/token-mutations.js';

describe('signature and keys', () => {
  it('[D01] refuses alg none, with and without a signature', async () => {
    const [, payload, signature] = (await token()).split('.') as [string, string, string];
    for (const alg of WRONG_ALGORITHMS)
      for (const tail of ['', signature])
        expect(present(`${b64url({ ...ES, alg })}.${payload}.${tail}`)).toBeUndefined();
  });

  it('[D02] refuses an HMAC made with a public key', async () => {
    for (const form of publicKeyAsBytes(PAIR.publicKey))
      for (const kid of ['es', 'hs', undefined])
        expect(present(await token({}, { ...HS, kid }, form))).toBeUndefined();
  });

  it('[D04] takes no key from a token, and asks no address that it names', async () => {
    const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end(JSON.stringify({ keys: [theirs.publicKey.export({ format: 'jwk' })] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const jwk = theirs.publicKey.export({ format: 'jwk' });
    for (const member of [{ jwk }, { jku: url }, { x5u: url }, { x5c: ['MIIB'] }])
      for (const kid of ['es', 'theirs', undefined])
        expect(present(await token({}, { ...ES, ...member, kid }, theirs.privateKey))).toBeUndefined();
    await new Promise((resolve) => setTimeout(resolve, 50));
    server.close();
    expect(asked).toBe(0);
  });

  it('[D05] [D06] looks a kid up among the configured ones only', async () => {
    for (const kid of STRANGE_KIDS) expect(present(await token({}, { ...ES, kid }))).toBeUndefined();
  });

  it('[D10] refuses DER and other lengths; a high s is another spelling of the same signature', async () => {
    const good = await token();
    for (const text of withWrongSignatureForms(good)) expect(present(text)).toBeUndefined();
    expect(present(withOtherS(good))?.id).toBe('token-1');
  });

  it('[D16] has no configured key that is short enough to be guessed', async () => {
    const k = Buffer.from('secret').toString('base64url');
    expect(() => verifierOf({ keys: [{ kty: 'oct', k }] })).toThrow('at least 32 bytes');
  });
});

describe('form', () => {
  it('[D07] refuses crit and b64', async () => {
    const [, payload, signature] = (await token()).split('.') as [string, string, string];
    for (const more of [{ crit: ['x'], x: 1 }, { crit: [] }, { b64: false, crit: ['b64'] }, { b64: true }]) {
      const header = b64url({ ...HS, ...more });
      const mac = createHmac('sha256', SECRET).update(`${header}.${payload}`).digest('base64url');
      expect(present(`${header}.${payload}.${mac}`)).toBeUndefined();
      expect(present(`${b64url({ ...ES, ...more })}.${payload}.${signature}`)).toBeUndefined();
    }
  });

  it('[D08] refuses the JSON serialisation and a polyglot of both', async () => {
    for (const text of inOtherSerialisations(await token())) expect(present(text)).toBeUndefined();
  });

  it('[D09] refuses every second spelling of a good token', async () => {
    for (const text of otherSpellings(await token())) expect(present(text)).toBeUndefined();
  });

  it('refuses claims that say something twice, or are no object', async () => {
    const header = b64url(HS);
    const claims = JSON.stringify({
      iss: ISSUER,
      sub: 'user-1',
      aud: 'bank',
      client_id: 'c',
      jti: 'j',
    }).slice(1, -1);
    const signed = (text: string) => {
      const input = `${header}.${Buffer.from(text).toString('base64url')}`;
      return `${input}.${createHmac('sha256', SECRET).update(input).digest('base64url')}`;
    };
    const times = `"iat":${now()},"exp":${now() + 60}`;
    expect(present(signed(`{${claims},${times}}`))?.userId).toBe('user-1');
    for (const text of [`{${claims},${times},"sub":"user-2"}`, '[]', 'null', '7', '', '{'])
      expect(present(signed(text))).toBeUndefined();
  });
});
