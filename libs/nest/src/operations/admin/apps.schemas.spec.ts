import { generateKeyPairSync } from 'node:crypto';
import { appChangesSchema, newAppSchema } from './apps.schemas.js';

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = publicKey.export({ format: 'jwk' }) as { kty: 'EC'; crv: 'P-256'; x: string; y: string };
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });

/** Paths of what is wrong, as the answer names them; all that is said of it as well. */
function mistakesIn(changes: object): { paths: string[]; said: string } {
  const { error } = appChangesSchema.safeParse(changes);
  const issues = error?.issues ?? [];
  return { paths: issues.map(({ path }) => path.map(String).join('.')), said: JSON.stringify(issues) };
}

describe('The redirect URIs of an app', () => {
  it.each([
    'https://app.example/cb?a=b',
    'https://app.example',
    'https://[2001:db8::1]:8443/cb',
    'http://127.0.0.1/cb',
    'http://127.0.0.1:53117/cb',
    'http://[::1]/cb',
    'com.example.bank:/callback',
    'com.example.bank:callback',
    'com.example.bank://callback/here',
    'com.example.bank:/a@b',
  ])('may be %s', (uri) => {
    expect(mistakesIn({ redirectUris: [uri] }).paths).toEqual([]);
  });

  it.each([
    ['of another machine in clear', 'http://app.example/cb'],
    // RFC 8252 §8.3
    ['of localhost, which may be looked up', 'http://localhost/cb'],
    ['of what only begins like loopback', 'http://127.0.0.1.example/cb'],
    ['of what is loopback to a browser alone', 'http://127.1/cb'],
    ['of what is loopback to a browser alone, in another base', 'http://0x7f.0.0.1/cb'],
    ['of another loopback address', 'http://127.0.0.2/cb'],
    ['with a user', 'https://app.example@evil.example/cb'],
    ['with a user of loopback', 'http://127.0.0.1@evil.example/cb'],
    ['with a user and a password', 'https://a:b@app.example/cb'],
    ['with a user of an own scheme', 'com.example.bank://app@evil.example/cb'],
    // RFC 8252 §7.1
    ['with a scheme that any app may have', 'bank:/callback'],
    ['with a scheme that looks like a host', 'localhost:3000/cb'],
    ['with nothing behind the scheme', 'com.example.bank:'],
    ['that leads upwards', 'https://app.example/a/../b'],
    ['that leads upwards, encoded', 'https://app.example/a/%2E%2e'],
    ['that leads upwards in an own scheme', 'com.example.bank:../x'],
    ['that leads nowhere', 'https://app.example/./b'],
    ['with a backslash', 'https://app.example\\@evil.example/cb'],
    ['with slashes that are missing', 'https:app.example/cb'],
    ['with a slash too many', 'https:///app.example/cb'],
    ['with a fragment', 'https://app.example/cb#'],
    ['with a wildcard', 'https://*.example/cb'],
    ['with a space', 'https://app.example/a b'],
    ['with a line end', 'https://app.example/a\r\nX: y'],
    ['in letters that look alike', 'https://аpp.example/cb'],
    ['with a scheme in capitals', 'HTTPS://app.example/cb'],
    ['that runs in a browser', 'javascript:alert(1)'],
    ['that runs in a browser, in disguise', 'java\tscript:alert(1)'],
    ['that is a path', '/cb'],
    ['that is too long', `https://app.example/${'a'.repeat(2048)}`],
  ])('are none %s', (_, uri) => {
    const { paths, said } = mistakesIn({ redirectUris: ['https://app.example/cb', uri] });
    expect(paths).toEqual(['redirectUris.1']);
    expect(said).not.toContain(uri);
  });
});

describe('The client keys of an app', () => {
  it('are kept without what other tools write beside them', () => {
    const written = { ...jwk, kid: 'one', use: 'sig', alg: 'ES256' };
    expect(appChangesSchema.parse({ clientKeys: [written, other] }).clientKeys).toEqual([
      { ...jwk, kid: 'one' },
      other,
    ]);
  });

  it.each<[string, object, string]>([
    ['of another kind', { ...jwk, kty: 'RSA' }, 'clientKeys.0.kty'],
    ['of another curve', { ...jwk, crv: 'P-384' }, 'clientKeys.0.crv'],
    ['for something else', { ...jwk, use: 'enc' }, 'clientKeys.0.use'],
    ['for another algorithm', { ...jwk, alg: 'none' }, 'clientKeys.0.alg'],
    ['that is shorter', { ...jwk, x: jwk.x.slice(1) }, 'clientKeys.0.x'],
    ['that is spelled in another way', { ...jwk, y: `${jwk.y}=` }, 'clientKeys.0.y'],
    ['off the curve', { ...jwk, y: jwk.x }, 'clientKeys.0'],
    ['at infinity', { ...jwk, x: 'A'.repeat(43), y: 'A'.repeat(43) }, 'clientKeys.0'],
    ['with an empty name', { ...jwk, kid: '' }, 'clientKeys.0.kid'],
    ['with a member that nobody knows', { ...jwk, x5c: [] }, 'clientKeys.0'],
  ])('are none %s', (_, key, path) => {
    expect(mistakesIn({ clientKeys: [key] }).paths).toEqual([path]);
  });

  it('are none twice, nor under one name', () => {
    expect(mistakesIn({ clientKeys: [jwk, { ...jwk, kid: 'two' }] }).paths).toEqual(['clientKeys']);
    expect(
      mistakesIn({
        clientKeys: [
          { ...jwk, kid: 'a' },
          { ...other, kid: 'a' },
        ],
      }).paths,
    ).toEqual(['clientKeys']);
  });

  it('are never private ones, of which nothing is repeated', () => {
    const whole = privateKey.export({ format: 'jwk' });
    const { paths, said } = mistakesIn({ clientKeys: [whole] });
    expect(paths).toEqual(['clientKeys.0.d']);
    expect(said).not.toContain(whole.d);
    for (const d of ['', null, 1])
      expect(mistakesIn({ clientKeys: [{ ...jwk, d }] }).paths).toEqual(['clientKeys.0.d']);
  });
});

describe('The CORS origins of an app', () => {
  it.each(['https://app.example', 'https://app.example:8443', 'http://localhost:5173'])(
    'may be %s',
    (text) => {
      expect(mistakesIn({ corsOrigins: [text] }).paths).toEqual([]);
    },
  );

  it.each([
    '*',
    'null',
    'https://app.example/',
    'https://App.example',
    'https://app.example:443',
    'https://*.example',
    'http://app.example',
    'https://a@app.example',
    'app.example',
    'file://',
    'https://app.example https://b.example',
  ])('are not %s', (text) => {
    expect(mistakesIn({ corsOrigins: [text] }).paths).toEqual(['corsOrigins.0']);
  });
});

it('A new app has none of them, and may do nothing that is weak', () => {
  expect(newAppSchema.parse({ name: 'App', clientType: 'public' })).toMatchObject({
    grantTypes: [],
    redirectUris: [],
    clientKeys: [],
    plainPkce: false,
    dpopBoundAccessTokens: false,
    requirePushedRequests: false,
    corsOrigins: [],
  });
});
