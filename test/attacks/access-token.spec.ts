import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  b64url,
  ES,
  HS,
  ISSUER,
  JWK,
  now,
  PAIR,
  present,
  SECRET,
  token,
  verifierOf,
} from '../support/access-tokens.js';

// n, order of the group of P-256.
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

describe('signature and keys', () => {
  it('[D01] refuses alg none, with and without a signature', async () => {
    const [, payload, signature] = (await token()).split('.') as [string, string, string];
    for (const alg of ['none', 'None', 'nOnE', 'NONE', '', undefined, null, 'ES384', 'es256'])
      for (const tail of ['', signature])
        expect(present(`${b64url({ ...ES, alg })}.${payload}.${tail}`)).toBeUndefined();
  });

  it('[D02] refuses an HMAC made with a public key', async () => {
    const forms = [
      PAIR.publicKey.export({ format: 'pem', type: 'spki' }) as string,
      PAIR.publicKey.export({ format: 'der', type: 'spki' }),
      JSON.stringify(JWK),
      Buffer.from(JWK.x as string, 'base64url'),
    ];
    for (const form of forms)
      for (const kid of ['es', 'hs', undefined])
        expect(present(await token({}, { ...HS, kid }, Buffer.from(form as string)))).toBeUndefined();
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
    for (const kid of [
      '',
      '../../dev/null',
      "' or 1=1 --",
      'ES',
      'hs',
      'x'.repeat(9000),
      7,
      null,
      ['es'],
      {},
    ])
      expect(present(await token({}, { ...ES, kid }))).toBeUndefined();
  });

  it('[D10] refuses DER and other lengths; a high s is another spelling of the same signature', async () => {
    const [head, payload, signature] = (await token()).split('.') as [string, string, string];
    const bytes = Buffer.from(signature, 'base64url');
    const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)];
    const integer = (part: Buffer) => {
      const whole = Buffer.concat([Buffer.of(0), part]);
      return Buffer.concat([Buffer.of(2, whole.length), whole]);
    };
    const der = Buffer.concat([Buffer.of(0x30, 70), integer(r), integer(s)]);
    const highS = (ORDER - BigInt(`0x${s.toString('hex')}`)).toString(16).padStart(64, '0');
    const withTail = (tail: Uint8Array) =>
      present(`${head}.${payload}.${Buffer.from(tail).toString('base64url')}`);
    for (const tail of [der, bytes.subarray(1), Buffer.concat([bytes, Buffer.of(0)]), Buffer.alloc(64), r])
      expect(withTail(tail)).toBeUndefined();
    expect(withTail(Buffer.concat([r, Buffer.from(highS, 'hex')]))?.id).toBe('token-1');
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
    const good = await token();
    const [head, payload, signature] = good.split('.') as [string, string, string];
    const flattened = JSON.stringify({ protected: head, payload, signature });
    const general = JSON.stringify({ payload, signatures: [{ protected: head, signature }] });
    const polyglot = `{"a":"${good}","protected":"${head}","payload":"${payload}","signature":"${signature}"}`;
    for (const text of [
      flattened,
      general,
      polyglot,
      `${good}.`,
      `${good}.${signature}`,
      `${head}..${signature}`,
    ])
      expect(present(text)).toBeUndefined();
  });

  it('[D09] refuses every second spelling of a good token', async () => {
    const good = await token();
    const [head, payload, signature] = good.split('.') as [string, string, string];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet[alphabet.indexOf(signature.at(-1) as string) + 1] as string;
    const flipped = `${head}.${payload}.${signature.slice(0, -1)}${last}`;
    for (const text of [
      flipped,
      `${good}=`,
      `${good}==`,
      ` ${good}`,
      `${head}.${payload} .${signature}`,
      `${good}\n`,
    ])
      expect(present(text)).toBeUndefined();
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
