import { TokenOptions, type TokenOptionsInput } from './index.js';
import type { InvalidOptions } from '../../pipeline/index.js';

const ISSUER = 'https://bank.example';
const DAY_MS = 86_400_000;

/** The options that a refusal names. */
function refused(options: object): string[] {
  try {
    return [`took ${JSON.stringify(new TokenOptions({ issuer: ISSUER, ...options } as TokenOptionsInput))}`];
  } catch (error) {
    return (error as InvalidOptions).mistakes.map((mistake) => /^[^ :]+/.exec(mistake)?.[0] ?? '');
  }
}

it('needs an issuer, and knows the rest', () => {
  const options = new TokenOptions({ issuer: ISSUER });
  expect({ ...options }).toEqual({
    issuer: ISSUER,
    audience: ISSUER,
    algorithm: 'ES256',
    accessTokenTtlMs: 300_000,
    jitter: 0.05,
    skewSeconds: 5,
    refreshIdleTtlMs: 30 * DAY_MS,
    refreshAbsoluteTtlMs: 90 * DAY_MS,
    refreshGraceMs: 30_000,
    refreshGraceReplays: 40,
    signingKeyLeadMs: 600_000,
    rotateSigningKeysEveryMs: 90 * DAY_MS,
  });
  expect(Object.isFrozen(options)).toBe(true);
  // An access token's life, and the clocks of two nodes.
  expect(options.keyOutlivesItsUseMs).toBe(310_000);
  expect(new TokenOptions({ issuer: ISSUER, audience: 'accounts' }).audience).toBe('accounts');
});

it.each([
  [
    '',
    'bank.example',
    'https://bank.example?x=1',
    'https://bank.example?',
    'https://bank.example#x',
    'ftp://x',
    7,
  ].map((issuer) => ({ issuer })),
  [{ audience: '' }, { algorithm: 'none' }, { algorithm: 'RS256' }, { algorithm: 'HS512' }],
  [0, 4, 3601, 1.5, '300', Number.NaN].map((accessTokenTtlSeconds) => ({ accessTokenTtlSeconds })),
  [-1, 51].map((accessTokenJitterPercent) => ({ accessTokenJitterPercent })),
  [-1, 61].map((skewSeconds) => ({ skewSeconds })),
  [59, 31_536_001].map((refreshIdleTtlSeconds) => ({ refreshIdleTtlSeconds })),
  [31_536_001, Number.POSITIVE_INFINITY].map((refreshAbsoluteTtlSeconds) => ({ refreshAbsoluteTtlSeconds })),
  [-1, 301].map((refreshGraceSeconds) => ({ refreshGraceSeconds })),
  [-1, 1001, 0.5].map((refreshGraceReplays) => ({ refreshGraceReplays })),
  // Shorter than whoever verifies may keep the keys.
  [0, 299].map((signingKeyLeadSeconds) => ({ signingKeyLeadSeconds })),
  [0, 86_400].map((rotateSigningKeysEverySeconds) => ({ rotateSigningKeysEverySeconds })),
  [{ accessTokenTTL: 5 }],
])('refuses a value that cannot be meant, and names the option', (...cases) => {
  for (const options of cases) expect(refused(options)).toEqual(expect.arrayContaining(Object.keys(options)));
});

it('refuses lives that contradict each other', () => {
  expect(
    refused({ refreshIdleTtlSeconds: 200, refreshAbsoluteTtlSeconds: 199, accessTokenTtlSeconds: 60 }),
  ).toEqual(['refreshIdleTtlSeconds']);
  expect(refused({ refreshIdleTtlSeconds: 299 })).toEqual(['accessTokenTtlSeconds']);
  expect(refused({ refreshIdleTtlSeconds: 60, accessTokenTtlSeconds: 60, refreshGraceSeconds: 61 })).toEqual([
    'refreshGraceSeconds',
  ]);
});
