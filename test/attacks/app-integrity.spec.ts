import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import { Controller, Get, Post } from '@nestjs/common';
import { Caller, KeySet, Protect, type CallerFacts } from '@portcullis/nest';
import { SignJWT } from 'jose';
import { jwsKeyOfJwk } from '../../libs/nest/src/crypto/index.js';
import { ADAPTERS, APP, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

const SECRET = Buffer.alloc(32, 7);
const OLD_SECRET = Buffer.alloc(32, 8);
const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const APPS = [
  { ...APP, integritySecrets: [SECRET.toString('base64'), OLD_SECRET.toString('base64')] },
  { ...APP, id: 'other', integritySecrets: [Buffer.alloc(32, 9).toString('base64')] },
];

class OneKey extends KeySet {
  override keysFor(kid: string | undefined) {
    const key = jwsKeyOfJwk({ ...PAIR.publicKey.export({ format: 'jwk' }), kid: 'k1' });
    return key && kid === 'k1' ? [key] : [];
  }
}

@Controller()
class GenuineController {
  @Protect({ integrity: true })
  @Get('genuine')
  genuine(@Caller() caller: CallerFacts): object {
    return { issuer: caller.integrity?.issuer, installation: caller.integrity?.installationId };
  }

  @Protect({ integrity: true })
  @Post('genuine')
  post(): object {
    return {};
  }

  @Protect({ integrity: { singleUse: true } })
  @Get('once')
  once(): object {
    return {};
  }

  @Protect({ integrity: { bound: true } })
  @Get('bound')
  bound(): object {
    return {};
  }
}

const now = () => Math.floor(Date.now() / 1000);
const b64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signed by an independent implementation; `undefined` leaves a claim or header member out. */
function token(
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
  key: Uint8Array = SECRET,
) {
  const all = { sub: APP.id, iat: now(), exp: now() + 300, jti: randomUUID(), ...claims };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as Record<string, unknown>)
    .setProtectedHeader({ alg: 'HS256', typ: 'integrity+jwt', ...header } as { alg: string })
    .sign(key)
    .then(noteSecret);
}

describe.each(ADAPTERS)('app integrity on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter, {
      controllers: [GenuineController],
      module: {
        apps: APPS,
        integrity: {
          issuers: [
            { name: 'portcullis', header: 'X-Integrity-Token', type: 'integrity+jwt', keys: 'secret' },
            { name: 'approov', header: 'Approov-Token', type: null, keys: 'secret', appFrom: 'secret' },
            {
              name: 'app-check',
              header: 'X-Firebase-AppCheck',
              type: 'JWT',
              issuer: 'https://issuer.example',
              audiences: ['bank'],
              keys: new OneKey(),
            },
          ],
        },
      },
    });
  });
  afterAll(() => host.app.close());

  const send = async (headers: Record<string, string>, path = '/genuine', init: RequestInit = {}) => {
    const response = await fetch(host.url + path, { headers: { 'x-api-key': APP.id, ...headers }, ...init });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const refused = async (headers: Record<string, string>, path?: string) => {
    const { status, body } = await send(headers, path);
    expect([status, body['code']]).toEqual([401, 'integrity_token_invalid']);
    const { requestId: _, ...rest } = body;
    return rest;
  };
  const own = async (...from: Parameters<typeof token>) => ({ 'x-integrity-token': await token(...from) });

  it('admits a token of the app, under the new secret and the old one', async () => {
    expect(await send(await own({ did: 'phone-1' }))).toEqual({
      status: 200,
      body: { issuer: 'portcullis', installation: 'phone-1' },
    });
    expect((await send(await own({}, {}, OLD_SECRET))).status).toBe(200);
    expect((await send({})).body['code']).toBe('integrity_token_missing');
  });

  it('[D01] [D07] [D08] refuses alg none, crit, b64 and the JSON serialisation', async () => {
    const [head, payload, mac] = (await token()).split('.') as [string, string, string];
    const answers = [];
    for (const alg of ['none', 'None', 'nOnE', '']) {
      const header = b64url({ alg, typ: 'integrity+jwt' });
      answers.push(await refused({ 'x-integrity-token': `${header}.${payload}.` }));
      answers.push(await refused({ 'x-integrity-token': `${header}.${payload}.${mac}` }));
    }
    answers.push(
      await refused({ 'x-integrity-token': JSON.stringify({ protected: head, payload, signature: mac }) }),
    );
    answers.push(await refused(await own({}, {}, Buffer.alloc(32, 1))));
    // [D18] a decoy, an expired and a malformed token look alike.
    answers.push(await refused(await own({ exp: now() - 60 })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  });

  it('[D02] [D04] takes the algorithm and the key from nobody but itself', async () => {
    const jwk = PAIR.publicKey.export({ format: 'jwk' });
    const pem = Buffer.from(PAIR.publicKey.export({ format: 'pem', type: 'spki' }) as string);
    const der = PAIR.publicKey.export({ format: 'der', type: 'spki' });
    const claims = { iss: 'https://issuer.example', aud: 'bank' };
    for (const key of [pem, der, Buffer.from(JSON.stringify(jwk))]) {
      await refused({ 'x-firebase-appcheck': await token(claims, { typ: 'JWT', kid: 'k1' }, key) });
    }
    const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const forged = await new SignJWT({ ...claims, sub: APP.id, exp: now() + 300 })
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'JWT',
        jwk: theirs.publicKey.export({ format: 'jwk' }) as object,
      })
      .sign(theirs.privateKey);
    await refused({ 'x-firebase-appcheck': forged });
  });

  it('[D05] [D14] verifies a foreign issuer by its published keys, issuer and audience', async () => {
    const foreign = async (claims: Record<string, unknown>, kid = 'k1') => ({
      'x-firebase-appcheck': await new SignJWT({
        iss: 'https://issuer.example',
        aud: ['bank', 'shop'],
        sub: APP.id,
        iat: now(),
        exp: now() + 300,
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid })
        .sign(PAIR.privateKey),
    });
    expect((await send(await foreign({}))).body['issuer']).toBe('app-check');
    for (const kid of ['', 'k2', '../../dev/null', "' or 1=1 --", 'x'.repeat(4000)])
      await refused(await foreign({}, kid));
    for (const wrong of [
      { iss: 'https://issuer.example/' },
      { aud: 'shop' },
      { aud: ['Bank'] },
      { aud: 7 },
      { sub: 'other' },
    ])
      await refused(await foreign(wrong));
  });

  it('[D09] refuses every second spelling of a good token', async () => {
    const good = await token();
    const [head, payload, mac] = good.split('.') as [string, string, string];
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet[alphabet.indexOf(mac.at(-1) as string) + 1] as string;
    for (const text of [
      `${head}.${payload}.${mac.slice(0, -1)}${last}`,
      `${good}=`,
      `${head}.${payload} .${mac}`,
    ])
      await refused({ 'x-integrity-token': text });
  });

  it('[D11] [D12] holds the times against the clock, fractional ones included', async () => {
    expect((await send(await own({ exp: now() + 300.912 }))).status).toBe(200);
    for (const exp of [undefined, '', '9999999999', null, -1, 0, now() - 60, [now() + 300]])
      await refused(await own({ exp }));
    for (const claim of ['nbf', 'iat'])
      for (const value of [now() + 60, 'soon', null]) await refused(await own({ [claim]: value }));
  });

  it('[D11] refuses a token that lives longer than its issuer’s may, and one that hides how long', async () => {
    for (const times of [{ exp: now() + 330 }, { iat: now() - 200, exp: now() + 120 }, { iat: undefined }])
      await refused(await own(times));
    const approov = (times: object) =>
      token({ sub: undefined, ...times }, { typ: undefined }).then((text) => ({ 'approov-token': text }));
    const inTwoDays = await approov({ exp: now() + 2 * 86_400 });
    expect((await send(inTwoDays)).status).toBe(200);
    // Nothing remembers for ever that it was used.
    await refused(inTwoDays, '/once');
    expect((await send(await approov({ exp: now() + 3600 }), '/once')).status).toBe(200);
  });

  it('[D15] [D20] refuses another kind of token, and another app’s', async () => {
    for (const typ of ['at+jwt', 'JWT', 'dpop+jwt', 'Integrity+jwt', undefined])
      await refused(await own({}, { typ }));
    await refused(await own({ sub: 'other' }));
    await refused(await own({ sub: undefined }));
    await refused({ 'x-api-key': 'other', ...(await own()) });
  });

  it('[D19] holds a bound token to the Authorization it was bound to', async () => {
    const authorization = `key ${APP.id}`;
    const pay = createHash('sha256').update(authorization).digest('base64');
    const ask = (headers: Record<string, string>, path = '/bound') =>
      fetch(host.url + path, { headers }).then(({ status }) => status);
    const bound = await own({ pay });
    expect(await ask({ authorization, ...bound })).toBe(200);
    expect(await ask({ authorization: `KEY ${APP.id}`, ...bound })).toBe(401);
    expect(await ask({ 'x-api-key': APP.id, ...bound }, '/genuine')).toBe(401);
    expect(await ask({ authorization, ...(await own()) })).toBe(401);
    expect(await ask({ authorization, ...(await own({ pay: pay.slice(1) })) }, '/genuine')).toBe(401);
    expect(await ask({ authorization, ...(await own({ pay: 7 })) }, '/genuine')).toBe(401);
  });

  it('holds a token that is bound to one call to that call', async () => {
    const digest = createHash('sha256').update('{}').digest('base64');
    const call = { htm: 'POST', htu: `${host.url}/genuine`, digest };
    const post = async (claims: object, body = '{}') =>
      (
        await send({ 'content-type': 'application/json', ...(await own({ ...claims })) }, '/genuine?page=2', {
          method: 'POST',
          body,
          headers: { 'x-api-key': APP.id, 'content-type': 'application/json', ...(await own({ ...claims })) },
        })
      ).status;
    expect(await post(call)).toBe(201);
    expect(await post(call, '{ }')).toBe(401);
    expect(await post({ ...call, htm: 'GET' })).toBe(401);
    expect(await post({ ...call, htu: `${host.url}/other` })).toBe(401);
  });

  it('takes a single-use token once, also of many parallel calls', async () => {
    const headers = await own();
    const statuses = await Promise.all(Array.from({ length: 20 }, () => send(headers, '/once')));
    expect(statuses.filter(({ status }) => status === 200)).toHaveLength(1);
    await refused(await own({ jti: undefined }), '/once');
    await refused(await own({ iat: undefined }), '/once');
  });

  it('reads the header of a foreign issuer, and one token at most [D24]', async () => {
    const approov = await token({ sub: undefined, iat: undefined, jti: undefined }, { typ: undefined });
    expect((await send({ 'approov-token': approov })).body['issuer']).toBe('approov');
    const { status, body } = await send({ 'approov-token': approov, ...(await own()) });
    expect([status, body['code']]).toEqual([400, 'malformed_credentials']);
    expect(host.log.join()).not.toContain(approov);
  });
});
