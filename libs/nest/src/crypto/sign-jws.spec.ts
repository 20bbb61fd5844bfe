import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { parseCompactJws, parseJwtClaims } from '@portcullis/wire';
import { jwsSigningKey, signJws, verifyJws, type JwsAlgorithm } from './index.js';

const PAIR = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const SECRET = createSecretKey(randomBytes(32));
const header = (alg: JwsAlgorithm) => ({ alg, kid: 'one', typ: 'at+jwt' });

it.each([
  ['ES256', PAIR.privateKey, PAIR.publicKey],
  ['HS256', SECRET, SECRET],
] as const)('signs with %s what the other half verifies', (algorithm, key, other) => {
  const claims = { sub: 'Zoë', list: [1, 2.5], nothing: undefined };
  const token = signJws(claims, jwsSigningKey(key, header(algorithm)));
  const jws = parseCompactJws(token);
  expect(jws && { ...jws.header }).toEqual(header(algorithm));
  expect(jws && { ...parseJwtClaims(jws.payload) }).toEqual({ sub: 'Zoë', list: [1, 2.5] });
  const verifying = { algorithm, key: other, kid: 'one' };
  expect(jws && verifyJws(jws, [verifying])).toBe(verifying);
  expect(jws && verifyJws(jws, [{ ...verifying, kid: 'two' }])).toBeUndefined();
});

it('takes no key for another algorithm, another curve, or of the wrong half', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-384' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  for (const key of [SECRET, PAIR.publicKey, other.privateKey, rsa.privateKey])
    expect(() => jwsSigningKey(key, header('ES256'))).toThrow('ES256');
  for (const key of [PAIR.privateKey, PAIR.publicKey])
    expect(() => jwsSigningKey(key, header('HS256'))).toThrow('HS256');
});
