import { Clock, InvalidOptions, KeyRing, PortcullisModule, type DurableStores } from '@portcullis/nest';
import { connectRedis } from '@portcullis/nest/redis';
import { embeddedPostgres } from '@portcullis/nest/typeorm';
import { RemoteKeySet } from '../libs/nest/src/index.js';

const ORIGINS = { publicOrigins: ['https://api.example.com'] };
const LISTED = { ...ORIGINS, apps: [] };
const KEY_RING = KeyRing.parse(Buffer.alloc(32, 1).toString('base64'));
/** Nothing is asked of them before the application starts. */
const STORES = { transactions: {}, apps: {}, adminKeys: {}, audit: {}, changes: {} } as DurableStores;
const STORED = { ...ORIGINS, stores: STORES, keyRing: KEY_RING };

const issuer = { name: 'a', header: 'X-A', type: null, keys: 'secret' } as const;
const tokens = { issuer: 'https://issuer.example.com', audiences: ['api'] };
const jwk = { kty: 'oct', k: Buffer.alloc(32).toString('base64url') };

/** What is said of options, which are deliberately of any type. */
function complaint(options: unknown): string {
  try {
    PortcullisModule.forRoot(options as never);
  } catch (error) {
    if (error instanceof InvalidOptions) return error.message;
    throw error;
  }
  return 'nothing';
}

describe('Options name what is wrong, the kind of its value, and what was expected', () => {
  it.each([
    [undefined, 'publicOrigins is missing, expected a list'],
    [{ apps: [] }, 'publicOrigins is missing, expected a list'],
    [{ ...LISTED, publicOrigins: [] }, 'publicOrigins is an empty list, expected at least 1 element'],
    [
      { ...LISTED, publicOrigins: ['not an origin'] },
      'publicOrigins[0] is text, expected an origin such as https://api.example.com',
    ],
    [{ ...LISTED, trustedProxies: ['10.0.0.0/8'] }, 'trustedProxies[0] is text, expected an IP address'],
    [{ ...LISTED, trustedProxy: ['10.0.0.1'] }, 'trustedProxy: there is no such option'],
    [{ ...LISTED, unguarded: 'maybe' }, 'unguarded is text, expected one of "refuse", "warn", "allow"'],
    [{ ...LISTED, knownRoutes: 'GET /docs' }, 'knownRoutes is text, expected a list'],
    [
      { ...LISTED, revocation: { staleAfterSeconds: 4 } },
      'revocation.staleAfterSeconds is a whole number, expected at least 5',
    ],
    [
      { ...LISTED, revocation: { staleAfterSeconds: 5, strictStaleAfterSeconds: 6 } },
      'revocation.strictStaleAfterSeconds is a whole number, expected no more than staleAfterSeconds',
    ],
    [{ ...LISTED, revocation: { strict: 5 } }, 'revocation.strict: there is no such option'],
    [{ ...LISTED, problems: 1 }, 'problems is a whole number, expected one of "all", "security"'],
    [
      { ...LISTED, signature: { maxAgeSeconds: 0 } },
      'signature.maxAgeSeconds is a whole number, expected at least 1',
    ],
    [
      { ...LISTED, signature: { maxAheadSeconds: 1.5 } },
      'signature.maxAheadSeconds is a number, expected a whole number',
    ],
    [{ ...LISTED, signature: { maxAge: 30 } }, 'signature.maxAge: there is no such option'],
    [{ ...LISTED, integrity: { skew: 1 } }, 'integrity.skew: there is no such option'],
    [
      { ...LISTED, integrity: { issuers: [{ ...issuer, header: 'X A' }] } },
      'integrity.issuers[0].header is text, expected the name of a header',
    ],
    [
      { ...LISTED, integrity: { issuers: [{ ...issuer, keys: {} }] } },
      'integrity.issuers[0].keys is an object (Object), expected "secret" or a KeySet',
    ],
    [
      { ...LISTED, accessTokens: { ...tokens, keys: [] } },
      'accessTokens.keys is an empty list, expected at least 1 element',
    ],
    [
      { ...LISTED, accessTokens: { ...tokens, keys: [{ ...jwk, k: 'c2hvcnQ' }] } },
      'accessTokens.keys[0] is an object (Object), expected a key to verify ES256 (P-256) or HS256 (at least 32 bytes) with',
    ],
    [{ ...LISTED, clock: Date }, 'clock is a function, expected a Clock'],
    [{ ...LISTED, claims: {} }, 'claims is an object (Object), expected a ClaimStore'],
    [{ ...LISTED, decisions: null }, 'decisions is null, expected a DecisionLog'],
    [{ ...LISTED, shared: {} }, 'shared is an object (Object), expected RedisStores.connect({ url })'],
    [ORIGINS, 'apps is missing, expected a list of apps, or stores in its place'],
    [{ ...STORED, apps: [] }, 'apps is an empty list, expected nothing beside stores'],
    [{ ...ORIGINS, stores: STORES }, 'keyRing is missing, expected KeyRing.parse(text)'],
    [
      { ...STORED, stores: {} },
      'stores is an object (Object), expected the stores of typeOrmStores(dataSource)',
    ],
    [{ ...STORED, users: {} }, 'users is an object (Object), expected UserAccounts'],
    [{ ...LISTED, sessions: {} }, 'sessions is an object (Object), expected nothing without stores'],
    [
      { ...STORED, registry: { maxAgeSeconds: 3601 } },
      'registry.maxAgeSeconds is a whole number, expected at most 3600',
    ],
    [{ ...STORED, registry: { capacity: 99 } }, 'registry.capacity is a whole number, expected at least 100'],
    [{ ...STORED, registry: { maxAge: 60 } }, 'registry.maxAge: there is no such option'],
    [
      { ...STORED, passwords: { concurrency: 0 } },
      'passwords.concurrency is a whole number, expected at least 1',
    ],
    [
      { ...STORED, passwords: { queueLimit: Number.NaN } },
      'passwords.queueLimit is not a number, expected a number',
    ],
    [{ ...STORED, sessions: { idleTtl: 60 } }, 'sessions.idleTtl: there is no such option'],
    [
      { ...STORED, sessions: { firstWaitSeconds: 10, longestWaitSeconds: 5 } },
      'sessions.firstWaitSeconds is a whole number, expected at most longestWaitSeconds',
    ],
  ])('%j', (options, expected) => {
    expect(complaint(options)).toContain(`PortcullisModule: ${expected}`);
  });

  it.each([
    [{ id: 'a b' }, 'apps[0].id is text, expected 1 to 128 printable ASCII characters without a space'],
    [{ id: 'a', scopes: ['b c'] }, 'apps[0].scopes[0] is text, expected a scope token (RFC 6749 §3.3)'],
    [{ id: 'a', secret: 'x' }, 'apps[0].secret: there is no such option'],
    [
      { id: 'a', integritySecrets: ['*'] },
      'apps[0].integritySecrets[0] is text, expected the base64 of at least 32 bytes',
    ],
  ])('of a listed app: %j', (app, expected) => {
    expect(complaint({ ...ORIGINS, apps: [app] })).toContain(expected);
  });

  it('all at once, not one after the other', () => {
    const said = complaint({ publicOrigins: 1, apps: [{ id: 'a' }, { id: 'a' }], unknown: 1 });
    expect(said).toContain('publicOrigins is a whole number, expected a list');
    expect(said).toContain('apps[1].id is text, expected an id that is not listed twice');
    expect(said).toContain('unknown: there is no such option');
  });

  it('[D16] and never repeat a secret that is too short', () => {
    const said = complaint({ ...ORIGINS, apps: [{ id: 'a', signingSecrets: ['hunter2'] }] });
    expect(said).toContain('apps[0].signingSecrets[0] is text, expected at least 32 bytes');
    expect(said).not.toContain('hunter2');
  });

  it('[C13] and refuse one secret for two purposes', () => {
    const secret = 'one-secret-that-is-used-for-everything';
    const integritySecrets = [Buffer.from(secret).toString('base64')];
    const said = complaint({ ...ORIGINS, apps: [{ id: 'a', signingSecrets: [secret], integritySecrets }] });
    expect(said).toContain('apps[0].integritySecrets[0] is text, expected a secret for each purpose');
    expect(said).not.toContain(secret);
    expect(said).not.toContain(integritySecrets[0]);
  });

  it.each([0, 9, 1_001, Number.NaN])('for a command to Redis that may take %d ms', (commandTimeoutMs) => {
    expect(() => connectRedis('redis://127.0.0.1:1', { commandTimeoutMs })).toThrow('commandTimeoutMs');
  });

  it('for the embedded database and a remote key set', () => {
    const dataDir = 'memory://';
    expect(() => embeddedPostgres({ dataDir, leaseTimeoutMs: 0 })).toThrow(
      'embeddedPostgres: leaseTimeoutMs is a whole number, expected at least 1',
    );
    expect(() => embeddedPostgres({ dataDir, leaseMaxHold: 5 } as never)).toThrow(
      'embeddedPostgres: leaseMaxHold: there is no such option',
    );
    expect(() => new RemoteKeySet({ url: 'http://keys.example.com' })).toThrow(
      'RemoteKeySet: url is text, expected an https URL without credentials; http on loopback only',
    );
  });

  it('and pass what is right', () => {
    class Still extends Clock {
      override now(): number {
        return 0;
      }
    }
    expect(complaint({ ...LISTED, clock: new Still(), isGlobal: false })).toBe('nothing');
    expect(complaint({ ...STORED, shared: undefined, sessions: { idleTtlSeconds: 60 } })).toBe('nothing');
  });
});
