import { createHash, randomUUID } from 'node:crypto';
import { Controller, Get, UseGuards } from '@nestjs/common';
import { CallingUser, MemoryClaimStore, Protect, UserGuard, type CallingUserFacts } from '@portcullis/nest';
import { connectRedis, RedisClaimStore } from '@portcullis/nest/redis';
import { accessToken, es256Key } from '@portcullis/nest/testing';
import { NoJournal } from '../../libs/nest/src/stores/memory/index.js';
import { aDevice, aProof, type ProofParts } from '../support/dpop-proofs.js';
import { ADAPTERS, APP, startHost, TestClock, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { sendToPort } from '../support/send-to-port.js';

const ISSUER = 'https://issuer.example';
const PUBLIC = 'https://api.example';
const KEY = es256Key();
/** For a Redis that shares the machine with other suites. */
const PATIENCE_MS = 1_000;
const device = aDevice();

/** Of a memory that nobody has used before. */
class FirstLife extends NoJournal {
  override async share() {
    return 'nobody' as const;
  }
}

let calls = 0;

@Controller('accounts')
class AccountsController {
  @UseGuards(UserGuard)
  @Get()
  list(@CallingUser() user: CallingUserFacts): object {
    calls++;
    return { id: user.id };
  }

  @Protect({ user: ['transfers:write'] })
  @Get('transfers')
  transfers(): object {
    return {};
  }
}

const HOST = {
  controllers: [AccountsController],
  module: { accessTokens: { issuer: ISSUER, audiences: ['bank'], keys: [KEY.jwk] } },
};

const tokenBoundTo = (jkt?: string, claims: object = {}) =>
  noteSecret(
    accessToken({
      issuer: ISSUER,
      audience: 'bank',
      key: KEY,
      appId: APP.id,
      userId: 'ada',
      claims: { ...(jkt !== undefined && { cnf: { jkt } }), ...claims },
    }),
  );
const TOKEN = tokenBoundTo(device.thumbprint);

interface Call extends Partial<ProofParts> {
  readonly scheme?: string;
  readonly token?: string;
  /** Instead of a proof that is made of the other parts. */
  readonly proof?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly path?: string;
}

async function prepared(origin: string, nowMs: number, call: Call) {
  const { scheme = 'DPoP', token = TOKEN, headers, path = '/accounts', ...parts } = call;
  const url = `${origin}${path}`;
  const proof =
    'proof' in call ? call.proof : await aProof({ device, url, nowMs, accessToken: token, ...parts });
  const sent = {
    Authorization: `${scheme} ${token}`,
    'X-Api-Key': APP.id,
    ...(proof !== undefined && { DPoP: proof }),
    ...headers,
  };
  return { url, init: { method: 'GET', headers: sent } };
}

async function send(host: Host, call: Call = {}, origin = host.url) {
  const answer = await sendToPort(host.port, await prepared(origin, host.clock.now(), call));
  const { reason } = JSON.parse(host.log.at(-1) ?? '{}') as { reason?: string };
  const { status, code, headers } = answer;
  return { status, code, reason, challenge: headers['www-authenticate'], nonce: headers['dpop-nonce'] };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('base64url');
const invalid = (reason: string) => ({ status: 401, code: 'invalid_dpop_proof', reason });

describe.each(ADAPTERS)('on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter, HOST);
  });
  afterAll(() => host.app.close());

  it('[A04] a token comes with a proof of the key that it is bound to, in any letters of the scheme', async () => {
    for (const scheme of ['DPoP', 'dpop', 'DPOP', 'dPoP'])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await send(host, { scheme })).toMatchObject({ status: 200 });
  });

  it.each<[string, (host: Host) => Call, string]>([
    ['no proof', () => ({ proof: undefined }), 'dpop_missing'],
    ['no JWT', () => ({ proof: 'proof' }), 'dpop_malformed'],
    ['two in one header', () => ({ proof: 'a.b.c, a.b.c' }), 'dpop_malformed'],
    ['another typ', () => ({ header: { typ: 'JWT' } }), 'dpop_malformed'],
    ['no typ', () => ({ header: { typ: undefined } }), 'dpop_malformed'],
    ['a MAC', () => ({ header: { alg: 'HS256' }, key: Buffer.alloc(32, 1) }), 'dpop_malformed'],
    ['no key', () => ({ header: { jwk: undefined } }), 'dpop_malformed'],
    [
      'a private key',
      () => ({ header: { jwk: device.privateKey.export({ format: 'jwk' }) } }),
      'dpop_malformed',
    ],
    [
      'a point off the curve',
      () => ({ header: { jwk: { ...device.jwk, y: device.jwk.x } } }),
      'dpop_bad_signature',
    ],
    ['the key of somebody else', () => ({ header: { jwk: aDevice().jwk } }), 'dpop_bad_signature'],
    ['another method', () => ({ method: 'POST' }), 'htm_mismatch'],
    ['a method in other letters', () => ({ method: 'get' }), 'htm_mismatch'],
    ['another path', (at) => ({ url: `${at.url}/accounts/1` }), 'htu_mismatch'],
    ['a path in other letters', (at) => ({ url: `${at.url}/Accounts` }), 'htu_mismatch'],
    ['another server', () => ({ url: `${PUBLIC}/accounts` }), 'htu_mismatch'],
    ['another scheme', (at) => ({ url: `${at.url.replace('http', 'https')}/accounts` }), 'htu_mismatch'],
    ['no URL', () => ({ url: '/accounts' }), 'htu_mismatch'],
    ['no hash of the token', () => ({ claims: { ath: undefined } }), 'ath_mismatch'],
    ['the hash of another token', () => ({ claims: { ath: sha256('x') } }), 'ath_mismatch'],
    ['the hash in hex', () => ({ claims: { ath: sha256(TOKEN).toLowerCase() } }), 'ath_mismatch'],
    ['[E05] no jti', () => ({ claims: { jti: undefined } }), 'dpop_malformed'],
    ['[E05] a jti that is a number', () => ({ claims: { jti: 7 } }), 'dpop_malformed'],
    ['[E05] a jti of 9 KiB', () => ({ claims: { jti: 'x'.repeat(9216) } }), 'dpop_malformed'],
    ['an end that has passed', () => ({ claims: { exp: 1 } }), 'dpop_not_valid_now'],
    ['[E03] another device’s proof', () => ({ device: aDevice() }), 'jkt_mismatch'],
  ])('[E01] is refused with %s', async (_, call, reason) => {
    const before = calls;
    const refused = await send(host, call(host));
    expect(refused).toMatchObject(invalid(reason));
    expect(refused.challenge).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
    expect(calls).toBe(before);
  });

  it('[E01] two proofs are malformed, whatever else is there', async () => {
    const proof = await aProof({ device, url: `${host.url}/accounts`, nowMs: host.clock.now() });
    const twice = { url: `${host.url}/accounts`, init: { method: 'GET', headers: { DPoP: [proof, proof] } } };
    const { status, code } = await sendToPort(host.port, twice as never);
    expect({ status, code }).toEqual({ status: 400, code: 'malformed_credentials' });
  });

  it('[E02] a bound token is no bearer token, with a proof or without, and is told nothing more', async () => {
    const unknown = await send(host, { scheme: 'Bearer', token: 'a.b.c' });
    for (const call of [{}, { proof: undefined }]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const refused = await send(host, { scheme: 'Bearer', ...call });
      expect(refused).toMatchObject({ status: 401, code: 'user_token_invalid', reason: 'dpop_required' });
      expect(refused.challenge).toBe(unknown.challenge);
    }
  });

  it('[E03] what is bound to no key does not come as if it were', async () => {
    const cases: [string, string][] = [
      [tokenBoundTo(), 'token_is_not_bound'],
      [noteSecret('an-opaque.session-key'), 'session_key_under_dpop'],
      [tokenBoundTo('x'), 'unknown_expired_or_forged'],
      [tokenBoundTo(undefined, { cnf: { jkt: device.thumbprint, kid: '1' } }), 'unknown_expired_or_forged'],
      [tokenBoundTo(undefined, { cnf: { 'x5t#S256': device.thumbprint } }), 'unknown_expired_or_forged'],
    ];
    for (const [token, reason] of cases) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const refused = await send(host, { token });
      expect(refused).toMatchObject({ status: 401, code: 'user_token_invalid', reason });
      expect(refused.challenge).toBe('DPoP algs="ES256", error="invalid_token"');
    }
    expect(await send(host, { scheme: 'Bearer', token: tokenBoundTo() })).toMatchObject({ status: 200 });
  });

  it('a bound token that is not enough is told so under its scheme', async () => {
    const bearer = { scheme: 'Bearer', token: tokenBoundTo() };
    for (const [scheme, call] of [['DPoP', {}] as const, ['Bearer', bearer] as const])
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      expect(await send(host, { ...call, path: '/accounts/transfers' })).toMatchObject({
        status: 403,
        code: 'insufficient_scope',
        challenge: `${scheme} error="insufficient_scope", scope="transfers:write"`,
      });
  });

  it('[E04] a proof is good once, and is spent by no request that was refused', async () => {
    const proof = await aProof({
      device,
      url: `${host.url}/accounts`,
      nowMs: host.clock.now(),
      accessToken: TOKEN,
    });
    const elsewhere = await send(host, { proof, headers: { 'X-Api-Key': 'nobody' } });
    expect(elsewhere.status).toBe(401);
    expect(await send(host, { proof })).toMatchObject({ status: 200 });
    const again = await send(host, { proof });
    expect(again).toMatchObject(invalid('claim_used'));
    expect(again.challenge).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
  });

  it('[E07] forwarded headers of whoever is no trusted proxy change nothing', async () => {
    const headers = { 'X-Forwarded-Host': 'api.example', 'X-Forwarded-Proto': 'https' };
    expect(await send(host, { headers })).toMatchObject({ status: 200 });
    const theirs = await send(host, { headers, url: `${PUBLIC}/accounts` });
    expect(theirs).toMatchObject(invalid('htu_mismatch'));
  });

  it('[E09] a device whose clock is wrong by hours works, one round trip later', async () => {
    const nowMs = host.clock.now() - 5 * 3_600_000;
    const refused = await send(host, { nowMs });
    expect(refused).toMatchObject({ status: 401, code: 'use_dpop_nonce' });
    expect(refused.challenge).toBe('DPoP algs="ES256", error="use_dpop_nonce"');
    const nonce = refused.nonce as string;
    const calling = Array.from({ length: 20 }, () => send(host, { nowMs, claims: { nonce } }));
    for (const { status } of await Promise.all(calling)) expect(status).toBe(200);
    const foreign = await send(host, { claims: { nonce: `${nonce}x` } });
    expect(foreign).toMatchObject({ status: 401, code: 'use_dpop_nonce', reason: 'dpop_nonce_not_good' });
    expect(foreign.nonce).toBeDefined();
  });

  it('[E18] what a proof says is in no header of the answer', async () => {
    const said = '",x="\r\nX-Said: 1';
    const refused = await send(host, { claims: { nonce: said, jti: said } });
    expect(refused.challenge).toBe('DPoP algs="ES256", error="use_dpop_nonce"');
    expect(refused.nonce).toMatch(/^[0-9a-z.]+\.[\w-]+$/);
  });
});

describe('[E07] behind a proxy that is trusted', () => {
  it('the URI is that of the public origin, which it names', async () => {
    const publicOrigins = [PUBLIC, 'https://other.example'];
    const module = { ...HOST.module, publicOrigins, trustedProxies: ['127.0.0.1'] };
    const host = await startHost('fastify', { ...HOST, module });
    const headers = { 'X-Forwarded-Host': 'api.example', 'X-Forwarded-Proto': 'https' };
    expect(await send(host, { headers, url: `${PUBLIC}/accounts` })).toMatchObject({ status: 200 });
    const other = { ...headers, 'X-Forwarded-Host': 'other.example' };
    const refused = await send(host, { headers: other, url: `${PUBLIC}/accounts` });
    expect(refused).toMatchObject(invalid('htu_mismatch'));
    await host.app.close();
  });
});

describe('[E04] on three nodes that share a memory', () => {
  const url = process.env['REDIS_URL'];
  const keyPrefix = `test-${randomUUID()}:`;
  const opened: { disconnect(): void }[] = [];
  const clock = new TestClock();
  const alone = new MemoryClaimStore(clock, { forgottenUntil: 0 });

  function claims() {
    if (url === undefined) return alone;
    const redis = connectRedis(url, { commandTimeoutMs: PATIENCE_MS });
    opened.push(redis);
    return new RedisClaimStore({ redis, journal: new FirstLife(), clock, maxAheadMs: 12_000, keyPrefix });
  }

  it('one of thirty requests with one proof is served', async () => {
    const start = () =>
      startHost('fastify', {
        ...HOST,
        module: { ...HOST.module, publicOrigins: [PUBLIC], claims: claims() },
      });
    const nodes = await Promise.all([start(), start(), start()]);
    // Until every node's memory is in use.
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const node of nodes) await untilServed(node);
    const call = await prepared(PUBLIC, clock.now(), {});
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => sendToPort((nodes[at % 3] as Host).port, call)),
    );
    const told = answers.map(({ status, code }) => (status === 200 ? status : code));
    expect(told.filter((one) => one === 200)).toHaveLength(1);
    expect(told.filter((one) => one === 'invalid_dpop_proof')).toHaveLength(29);
    await Promise.all(nodes.map(({ app }) => app.close()));
    for (const redis of opened) redis.disconnect();
  });

  async function untilServed(node: Host): Promise<void> {
    for (let left = 100; left > 0; left--) {
      // oxlint-disable-next-line no-await-in-loop -- until it is
      if ((await send(node, {}, PUBLIC)).status === 200) return;
      // oxlint-disable-next-line no-await-in-loop -- until it is
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error('a node does not serve');
  }
});
