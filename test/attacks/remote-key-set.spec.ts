import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Logger } from '@nestjs/common';
import { SecurityProblem } from '@portcullis/nest';
import { parseCompactJws } from '@portcullis/wire';
import { SignJWT } from 'jose';
import { verifyJws } from '../../libs/nest/src/crypto/index.js';
import { RemoteKeySet } from '../../libs/nest/src/layers/app-integrity/remote-key-set.js';
import type { RemoteKeySetOptions } from '../../libs/nest/src/layers/app-integrity/remote-key-set.options.js';
import { badAnswers } from '../support/bad-jwks-answers.js';
import { TestClock } from '../support/host-app.js';
import { json, JwksServer, type Answer } from '../support/jwks-server.js';

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [OLD, NEW] = [pair(), pair()];
const jwk = ({ publicKey }: typeof OLD, more: object = {}) => ({
  ...publicKey.export({ format: 'jwk' }),
  ...more,
});
const old = jwk(OLD, { kid: 'old', use: 'sig', alg: 'ES256' });
const fresh = jwk(NEW, { kid: 'new' });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Longer than this process, in which the server is as well, is busy with anything else. */
const TIMEOUT_MS = 4_000;
const PATIENCE_MS = 20_000;

const warnings: string[] = [];
let server: JwksServer;
let clock: TestClock;

beforeAll(() => {
  Logger.overrideLogger({
    log: () => undefined,
    error: () => undefined,
    warn: (message: string) => warnings.push(message),
  });
});
afterAll(() => Logger.overrideLogger(['error', 'warn']));
beforeEach(async () => {
  warnings.length = 0;
  clock = new TestClock();
  server = new JwksServer(json({ keys: [old] }));
  await server.up();
});
afterEach(() => server.down());

const setOf = (options: Partial<RemoteKeySetOptions> = {}) =>
  new RemoteKeySet({ url: server.url, clock, timeoutMs: TIMEOUT_MS, ...options });
const kids = async (set: RemoteKeySet, kid?: string) => (await set.keysFor(kid)).map((key) => key.kid);
/** A set that has fetched what the server answers. */
async function warm(options?: Partial<RemoteKeySetOptions>): Promise<RemoteKeySet> {
  const set = setOf(options);
  expect(await kids(set, 'old')).toEqual(['old']);
  return set;
}
async function unavailable(set: RemoteKeySet, kid = 'old'): Promise<SecurityProblem> {
  const error: unknown = await (async () => set.keysFor(kid))().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SecurityProblem);
  expect((error as SecurityProblem).status).toBe(503);
  expect((error as SecurityProblem).reason).toBe('jwks_unavailable');
  return error as SecurityProblem;
}
/** Until a fetch in the background has ended one way or the other. */
async function settled(until: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await until()) && performance.now() < deadline) await pause(10);
  expect(await until()).toBe(true);
}

describe('the hot path', () => {
  it('fetches once for all who ask at first, and then answers without waiting', async () => {
    const set = setOf();
    const found = await Promise.all(Array.from({ length: 20 }, () => kids(set, 'old')));
    expect(found.every(([kid]) => kid === 'old')).toBe(true);
    expect(set.keysFor('old')).not.toBeInstanceOf(Promise);
    expect(server.requests).toBe(1);
  });

  it('yields keys that a token of an independent implementation verifies with', async () => {
    const set = await warm();
    const signed = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'old' })
      .sign(OLD.privateKey);
    const jws = parseCompactJws(signed);
    expect(jws && verifyJws(jws, await set.keysFor('old'))?.kid).toBe('old');
  });

  it('fetches again in the background once the keys are old, and uses them meanwhile', async () => {
    const set = await warm();
    server.answer = json({ keys: [old, fresh] });
    clock.advance(601);
    expect(set.keysFor('old')).not.toBeInstanceOf(Promise);
    await settled(async () => !(set.keysFor('new') instanceof Promise));
    expect(await kids(set, 'new')).toEqual(['new']);
    expect(server.requests).toBe(2);
  });
});

describe('names of keys', () => {
  it('[D05] asks again at most once in a cooldown, however many names are made up', async () => {
    const set = await warm();
    const names = Array.from({ length: 50 }, (_, at) => `../../${at}' or 1=1`);
    expect((await Promise.all(names.map((name) => kids(set, name)))).flat()).toEqual([]);
    expect(server.requests).toBe(1);
    clock.advance(31);
    expect((await Promise.all(names.map((name) => kids(set, name)))).flat()).toEqual([]);
    expect(await kids(set, 'x'.repeat(65_536))).toEqual([]);
    expect(set.keysFor('unknown')).not.toBeInstanceOf(Promise);
    expect(server.requests).toBe(2);
  });

  it('[D22] finds a new key as soon as a token names it, and forgets one that was withdrawn', async () => {
    const set = await warm();
    server.answer = json({ keys: [fresh] });
    clock.advance(31);
    expect(await kids(set, 'new')).toEqual(['new']);
    expect(await kids(set, 'old')).toEqual([]);
    server.answer = json({ keys: [] });
    clock.advance(601);
    expect(await kids(set, 'new')).toEqual(['new']);
    await settled(async () => (await kids(set, 'new')).length === 0);
  });

  it('[D06] yields none for a name that two entries share, whatever they are for', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    for (const twin of [
      jwk(NEW, { kid: 'twin' }),
      { kty: 'oct', k: 'AA', kid: 'twin' },
      { ...rsa, kid: 'twin' },
    ])
      for (const keys of [
        [old, jwk(OLD, { kid: 'twin' }), twin],
        [old, twin, jwk(OLD, { kid: 'twin' })],
      ]) {
        server.answer = json({ keys });
        const set = await warm();
        expect(await kids(set, 'twin')).toEqual([]);
        expect(await kids(set)).toEqual([]);
        server.answer = json({ keys: keys.slice(1) });
        expect(await kids(setOf())).toEqual([]);
      }
  });

  it('takes a token without a kid for the only usable key, and never a key without a kid for a named one', async () => {
    expect(await kids(await warm())).toEqual(['old']);
    server.answer = json({ keys: [jwk(OLD), jwk(NEW, { kid: 'enc', use: 'enc' })] });
    const nameless = setOf();
    expect(await nameless.keysFor(undefined)).toHaveLength(1);
    for (const kid of ['old', 'enc', '']) expect(await kids(nameless, kid)).toEqual([]);
    server.answer = json({ keys: [jwk(OLD), jwk(NEW)] });
    expect(await kids(setOf())).toEqual([]);
  });

  it('[D02] [D06] [D17] passes over entries that are for something else, or no secret any more', async () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
    const keys: object[] = [
      rsa,
      { ...rsa, e: 'AQ' },
      { kty: 'oct', k: randomBytes(32).toString('base64url') },
      OLD.privateKey.export({ format: 'jwk' }),
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' }),
      generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }),
    ];
    const members = [
      { use: 'enc' },
      { key_ops: ['encrypt'] },
      { key_ops: 'verify' },
      { alg: 'ECDH-ES' },
      { x: 7 },
      { y: old.x },
    ].map((member) => ({ ...jwk(OLD), ...member }));
    const others = [...keys, ...members].map((entry) => ({ ...entry, kid: 'x' }));
    for (const other of [...others, null, 'text', 7, [], {}, { ...old, kid: 7 }, { ...old, kid: null }]) {
      server.answer = json({ keys: [other, old] });
      const set = await warm();
      expect(await kids(set, 'x')).toEqual([]);
      expect(await kids(set)).toEqual(['old']);
    }
  });
});

describe('when the issuer misbehaves', () => {
  it.each(Object.entries(badAnswers(fresh)))(
    '[D22] keeps the last good keys through %s',
    async (_name, answer) => {
      const set = await warm();
      server.answer = answer;
      clock.advance(601);
      const before = Date.now();
      expect(set.keysFor('old')).not.toBeInstanceOf(Promise);
      expect(await kids(set, 'new')).toEqual([]);
      expect(Date.now() - before).toBeLessThan(3 * TIMEOUT_MS);
      expect(await kids(set, 'old')).toEqual(['old']);
      expect(server.requests).toBe(2);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain(`jwks_fetch_failed: ${server.url}: `);

      clock.advance(3000);
      await unavailable(set);
      server.answer = json({ keys: [old] });
      clock.advance(31);
      expect(await kids(set, 'old')).toEqual(['old']);
    },
  );

  it('[D22] keeps the last good keys while the issuer is down, and takes up again by itself', async () => {
    const set = await warm();
    await server.down();
    clock.advance(3599);
    expect(await kids(set, 'old')).toEqual(['old']);
    await settled(() => warnings.length === 1);
    clock.advance(2);
    const problem = await unavailable(set);
    expect(Number(problem.headers['Retry-After'])).toBeGreaterThanOrEqual(1);
    expect(Number(problem.headers['Retry-After'])).toBeLessThanOrEqual(30);
    expect(warnings).toHaveLength(1);
    await server.up();
    clock.advance(30);
    expect(await kids(set, 'old')).toEqual(['old']);
  });

  it('says that it cannot know when it never had any, and asks once in a cooldown', async () => {
    server.answer = json({}, 500);
    const set = setOf();
    await Promise.all(Array.from({ length: 20 }, () => unavailable(set)));
    await unavailable(set, 'unknown');
    expect(server.requests).toBe(1);
    server.answer = json({ keys: [old] });
    clock.advance(31);
    expect(await kids(set, 'old')).toEqual(['old']);
  });

  it.each([301, 302, 303, 307, 308])('[D04] [D22] follows no redirect (%i)', async (status) => {
    const elsewhere = new JwksServer(json({ keys: [fresh] }));
    await elsewhere.up();
    server.answer = (response) => response.writeHead(status, { location: elsewhere.url }).end();
    await unavailable(setOf(), 'new').finally(() => elsewhere.down());
    expect([server.requests, elsewhere.requests]).toEqual([1, 0]);
  });

  it.each<[string, Answer]>([
    ['silence', () => undefined],
    ['a body that stalls', (response) => response.write('{"keys":[')],
  ])(
    '[D22] hangs up on %s in time, also after its Request was collected as garbage',
    async (_name, answer) => {
      setFlagsFromString('--expose-gc');
      const collect = runInNewContext('gc') as () => void;
      const timer = setInterval(collect, 50);
      server.answer = answer;
      await unavailable(setOf({ timeoutMs: 500 })).finally(() => clearInterval(timer));
      await settled(() => server.brokenOff === 1);
    },
  );

  it('[D22] hangs up on a body that is too long instead of reading it', async () => {
    let written = 0;
    server.answer = (response) => {
      const chunk = Buffer.alloc(65_536, ' ');
      const more = (): void => {
        if (response.destroyed || written >= 5e7) return;
        written += chunk.length;
        response.write(chunk, more);
      };
      more();
    };
    await unavailable(setOf({ timeoutMs: 5000 }));
    await settled(() => server.brokenOff === 1);
    expect(written).toBeLessThan(20_000_000);
    expect(warnings[0]).toContain('more than 262144 bytes');
  });

  it('does not stop when its clock is set back', async () => {
    const set = await warm();
    server.answer = json({ keys: [fresh] });
    clock.advance(-1800);
    await kids(set, 'old');
    await settled(async () => (await kids(set, 'new')).length === 1);
  });
});
