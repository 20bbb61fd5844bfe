import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { AccessTokenOptions, type AccessTokenOptionsInput } from './index.js';
import type { InvalidOptions } from '../../pipeline/index.js';

const ec = (kid?: string, namedCurve = 'P-256') => ({
  ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
  ...(kid !== undefined && { kid }),
});
const SECRET = randomBytes(32).toString('base64url');
const hmac = (k: string, kid?: string) => ({ kty: 'oct', k, ...(kid !== undefined && { kid }) });
const given = (options: object) =>
  ({ issuer: 'https://issuer.example', audiences: ['bank'], ...options }) as AccessTokenOptionsInput;

/** The paths that a refusal names; the whole error is searched for secrets. */
function refused(options: object, secrets: readonly string[] = []): string[] {
  const build = () => new AccessTokenOptions(given(options));
  try {
    build();
  } catch (error) {
    const shown = inspect(error, { depth: 9, showHidden: true });
    for (const secret of secrets) expect(shown).not.toContain(secret);
    return (error as InvalidOptions).mistakes.map((mistake) => /^[^ :]+/.exec(mistake)?.[0] ?? '');
  }
  throw new Error('was not refused');
}

it('builds keys of both kinds once, and is frozen', () => {
  const options = new AccessTokenOptions(given({ keys: [ec('a'), hmac(SECRET, 'b')] }));
  expect(options.keys.map(({ algorithm, kid, key }) => [algorithm, kid, key.type])).toEqual([
    ['ES256', 'a', 'public'],
    ['HS256', 'b', 'secret'],
  ]);
  expect(options.skewSeconds).toBe(5);
  for (const part of [options, options.keys, options.audiences]) expect(Object.isFrozen(part)).toBe(true);
  expect(inspect(options, { depth: 9, showHidden: true })).not.toContain(SECRET);
});

it('takes public members alone from a private key', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { keys } = new AccessTokenOptions(given({ keys: [privateKey.export({ format: 'jwk' })] }));
  expect(keys[0]?.key.type).toBe('public');
});

it('[D16] refuses an HMAC key under 32 bytes and keeps it to itself', () => {
  for (const text of ['secret', 'your-256-bit-secret', 'x'.repeat(31)]) {
    const k = Buffer.from(text).toString('base64url');
    expect(refused({ keys: [hmac(k)] }, [k, text])).toEqual(['keys[0]']);
  }
  expect(refused({ keys: [hmac(`${SECRET}=`)] }, [SECRET])).toEqual(['keys[0]']);
});

it('refuses keys that are for something else, naming the index', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const good = ec('good');
  for (const wrong of [
    { ...rsa, kid: 'x' },
    ec('x', 'P-384'),
    { ...good, kid: 'x', use: 'enc' },
    { ...good, kid: 'x', key_ops: ['sign'] },
    { ...good, kid: 'x', alg: 'ES384' },
    { ...good, kid: 'x', y: good.x },
    { ...hmac(SECRET, 'x'), alg: 'HS512' },
  ])
    expect(refused({ keys: [good, wrong] }, [SECRET])).toEqual(['keys[1]']);
});

it('refuses what is no JWK at all, naming the index', () => {
  for (const wrong of [null, 'text', 7, [], {}, { kty: 7 }, { ...ec(), kid: 7 }, { ...ec(), kid: '' }])
    expect(refused({ keys: [wrong] })).toEqual(['keys[0]']);
  expect(refused({ keys: [{ kty: 'oct', k: [SECRET] }] }, [SECRET])).toEqual(['keys[0]']);
  expect(refused({ keys: [{ ...ec(), key_ops: 'verify' }] })).toEqual(['keys[0]']);
});

it('[D06] refuses two keys of one kid, of whatever types, and several where one has none', () => {
  expect(refused({ keys: [ec('a'), ec('b'), ec('a')] })).toEqual(['keys[2]']);
  expect(refused({ keys: [ec('a'), hmac(SECRET, 'a')] }, [SECRET])).toEqual(['keys[1]']);
  expect(refused({ keys: [ec(), hmac(SECRET, 'a')] }, [SECRET])).toEqual(['keys[0]']);
  expect(refused({ keys: [ec('a'), ec()] })).toEqual(['keys[1]']);
  expect(refused({ keys: [ec(), ec()] })).toEqual(['keys[0]', 'keys[1]']);
});

it('refuses to stand without an issuer, an audience or a key', () => {
  const keys = [ec()];
  expect(refused({ keys, issuer: '' })).toEqual(['issuer']);
  expect(refused({ keys, audiences: [] })).toEqual(['audiences']);
  expect(refused({ keys, audiences: ['bank', ''] })).toEqual(['audiences[1]']);
  expect(refused({ keys: [] })).toEqual(['keys']);
  expect(refused({ keys: Array.from({ length: 33 }, (_, at) => ({ ...keys[0], kid: `k${at}` })) })).toEqual([
    'keys',
  ]);
  for (const skewSeconds of [-1, 61, Number.NaN, '5'])
    expect(refused({ keys, skewSeconds })).toEqual(['skewSeconds']);
});
