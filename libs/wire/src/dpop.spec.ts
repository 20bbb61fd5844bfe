import {
  componentsToCover,
  dpopHtu,
  dpopProofHeader,
  encodeBase64Url,
  jwkThumbprintInput,
  parseDpopProof,
} from './index.js';

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const coordinate = encodeBase64Url(new Uint8Array(32).fill(7));
const JWK = { kty: 'EC', crv: 'P-256', x: coordinate, y: coordinate } as const;
const HEADER = dpopProofHeader(JWK);
const CLAIMS = { htm: 'GET', htu: 'https://api.example/a', iat: 1_700_000_000, jti: 'proof-1' };
const SIGNATURE = 'A'.repeat(86);

/** A proof as it would be, but for what is set otherwise or, as `undefined`, left out. */
const proofWith = (claims: object = {}, header: object = {}, signature = SIGNATURE) =>
  `${encoded({ ...HEADER, ...header })}.${encoded({ ...CLAIMS, ...claims })}.${signature}`;

describe('the target URI that a proof names [RFC 9449 §4.3, RFC 3986 §6.2]', () => {
  it.each([
    ['https://api.example/a?b=1#c', 'https://api.example/a'],
    ['HTTPS://API.Example:443/a', 'https://api.example/a'],
    ['http://api.example:80', 'http://api.example/'],
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000/'],
    ['https://[2001:db8::1]:8443/a', 'https://[2001:db8::1]:8443/a'],
    ['https://api.example/%7euser/%2f%3a/%41', 'https://api.example/~user/%2F%3A/A'],
    ['https://api.example/a/./b/../c', 'https://api.example/a/c'],
    ['https://api.example/../a/%2e%2E/..', 'https://api.example/'],
    ['https://api.example/a//b/', 'https://api.example/a//b/'],
    ['https://api.example/A', 'https://api.example/A'],
    ['https://api.example/a/.', 'https://api.example/a/'],
    ['https://api.example?a=/b', 'https://api.example/'],
  ])('%s is %s', (url, expected) => {
    expect(dpopHtu(url)).toBe(expected);
    expect(dpopHtu(expected)).toBe(expected);
  });

  it.each([
    '',
    '/a',
    'api.example/a',
    '//api.example/a',
    'ftp://api.example/a',
    'https:///a',
    'https://user@api.example/a',
    'https://api.example/a b',
    'https://api.example/%4',
    'https://api.example/%zz',
    'https://api.example/\\a',
    'https://api.example\\a',
    'https://api.example/ä',
    'https://api.example/a\n',
    ' https://api.example/a',
  ])('%j is none', (url) => {
    expect(dpopHtu(url)).toBeUndefined();
  });
});

describe('a key’s thumbprint [RFC 7638 §3]', () => {
  it('is of the required members alone, in the order of their names', () => {
    const more = { y: 'Y', use: 'sig', kid: '1', x: 'X', kty: 'EC', crv: 'P-256' } as const;
    expect(jwkThumbprintInput(more)).toBe('{"crv":"P-256","kty":"EC","x":"X","y":"Y"}');
  });
});

describe('a proof that is taken apart', () => {
  it('says what it is for, and which key it is of', () => {
    const text = proofWith({ ath: 'hash', nonce: 'n' }, { jwk: { ...JWK, kid: '1', ext: true } });
    expect(parseDpopProof(text)).toEqual({
      jwk: JWK,
      claims: { ...CLAIMS, ath: 'hash', nonce: 'n' },
      times: {},
      signingInput: text.slice(0, text.lastIndexOf('.')),
      signature: new Uint8Array(64),
    });
    expect(parseDpopProof(proofWith({ iat: 0.5, exp: 2, nbf: 1 }))?.times).toEqual({ exp: 2, nbf: 1 });
  });

  const longest = { jti: '€'.repeat(85) + 'x' };
  it.each([
    ['of the longest jti', longest],
    ['of a jti of one byte', { jti: '.' }],
  ])('is one %s', (_, claims) => {
    expect(parseDpopProof(proofWith(claims))?.claims).toMatchObject(claims);
  });

  it.each<[string, object, object?, string?]>([
    ['another typ', {}, { typ: 'JWT' }],
    ['a typ in other letters', {}, { typ: 'DPoP+jwt' }],
    ['no typ', {}, { typ: undefined }],
    ['alg none', {}, { alg: 'none' }],
    ['a MAC', {}, { alg: 'HS256' }],
    ['another curve’s alg', {}, { alg: 'ES384' }],
    ['no alg', {}, { alg: undefined }],
    ['an extension that is critical', {}, { crit: ['a'], a: 1 }],
    ['no key', {}, { jwk: undefined }],
    ['a key that is text', {}, { jwk: JSON.stringify(JWK) }],
    ['a private key', {}, { jwk: { ...JWK, d: coordinate } }],
    ['a private key that is null', {}, { jwk: { ...JWK, d: null } }],
    ['a symmetric key', {}, { jwk: { kty: 'oct', k: coordinate } }],
    ['another curve', {}, { jwk: { ...JWK, crv: 'P-384' } }],
    ['half a point', {}, { jwk: { ...JWK, y: undefined } }],
    ['a short coordinate', {}, { jwk: { ...JWK, x: coordinate.slice(4) } }],
    ['another spelling of a coordinate', {}, { jwk: { ...JWK, x: `${coordinate}=` } }],
    ['no htm', { htm: undefined }],
    ['no htu', { htu: undefined }],
    ['a list of htu', { htu: [CLAIMS.htu] }],
    ['no iat', { iat: undefined }],
    ['an iat that is text', { iat: '1700000000' }],
    ['no jti', { jti: undefined }],
    ['an empty jti', { jti: '' }],
    ['a jti that is a number', { jti: 7 }],
    ['a jti of 257 bytes', { jti: `${longest.jti}x` }],
    ['half a surrogate pair', { jti: 'a\ud800' }],
    ['an ath that is no text', { ath: 7 }],
    ['a nonce that is no text', { nonce: ['n'] }],
    ['a nonce without end', { nonce: 'n'.repeat(257) }],
    ['an exp that is text', { exp: 'never' }],
    ['a short signature', {}, {}, 'A'.repeat(84)],
    ['no signature', {}, {}, ''],
    ['another spelling of the signature', {}, {}, `${'A'.repeat(85)}B`],
    ['a fourth part', {}, {}, `${SIGNATURE}.`],
    ['no end', { padding: 'x'.repeat(8192) }],
  ])('is not one with %s', (_, claims, header = {}, signature = SIGNATURE) => {
    expect(parseDpopProof(proofWith(claims, header, signature))).toBeUndefined();
  });

  it.each(['', '.', '..', 'a.b.c', `${proofWith()}, ${proofWith()}`, ` ${proofWith()}`])(
    'is not %j',
    (text) => {
      expect(parseDpopProof(text)).toBeUndefined();
    },
  );
});

it('is covered by a message signature where it is there', () => {
  const message = { hasBody: false, integrityHeaders: [] };
  expect(componentsToCover({ ...message, has: () => true })).toContain('dpop');
  expect(componentsToCover({ ...message, has: () => false })).not.toContain('dpop');
});
