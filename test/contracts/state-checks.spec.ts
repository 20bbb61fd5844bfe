import { RevokedCredentials } from '../../libs/nest/src/authorities/revocations/index.js';
import { RevocationsCheck, type RevocationFeed } from '../../libs/nest/src/operations/doctor/index.js';
import { SystemClock } from '@portcullis/nest';
import { newKeyRing } from '../cli/operated-host.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { SaidChanges } from '../support/said-changes.js';
import { startSigningKeyHost, type SigningKeyHost } from '../support/signing-key-host.js';

const DAY_SECONDS = 86_400;

describe('The doctor looks at revocations', () => {
  const examine = (feed: Partial<RevocationFeed> & { ageMs?: number }) => {
    const changes = new SaidChanges();
    const revoked = new RevokedCredentials(changes, new SystemClock());
    changes.say({ kind: 'revoked-token', id: 'one', expiresAt: new Date(Date.now() + 3_600_000) });
    const { ageMs = 300, ...parts } = feed;
    const [finding, ...others] = new RevocationsCheck({
      freshness: { ageMs: () => ageMs },
      revoked,
      bounds: { staleAfterMs: 60_000, strictStaleAfterMs: 5_000 },
      wordsComeBy: 'redis',
      hears: () => true,
      ...parts,
    }).examine();
    expect(others).toEqual([]);
    expect(finding?.name).toBe('revocations');
    expect(finding?.advice === undefined).toBe(finding?.status === 'ok');
    return [finding?.status, finding?.detail];
  };

  it('and finds them well where nodes hear of them at once, or there is one node', () => {
    expect(examine({})).toEqual(['ok', '1 in memory; heard 0.3 s ago; other nodes tell at once, by Redis']);
    expect(examine({ wordsComeBy: 'notify' })[1]).toContain('by NOTIFY of PostgreSQL');
    expect(examine({ wordsComeBy: 'none', hears: () => false })).toEqual([
      'ok',
      '1 in memory; heard 0.3 s ago; this is the only node',
    ]);
  });

  it('and warns where this node only reads', () => {
    for (const wordsComeBy of ['redis', 'notify'] as const)
      expect(examine({ wordsComeBy, hears: () => false })).toEqual([
        'warn',
        expect.stringContaining('this node reads once a second'),
      ]);
  });

  it('and warns, and then fails, where it has heard nothing for a while, or ever', () => {
    expect(examine({ ageMs: 5_001 })).toEqual([
      'warn',
      expect.stringContaining('strict routes are answered 503'),
    ]);
    expect(examine({ ageMs: 60_001 })).toEqual(['fail', expect.stringContaining('heard nothing for 60 s')]);
    expect(examine({ ageMs: Number.POSITIVE_INFINITY })).toEqual([
      'fail',
      expect.stringContaining('the whole time since it started'),
    ]);
  });
});

describeOnOneDatabase('The doctor looks at signing keys', (open) => {
  let host: SigningKeyHost;
  beforeAll(async () => {
    host = await startSigningKeyHost(open, 'ES256');
  });
  afterAll(() => host.stop());

  const examine = async (parts?: Parameters<SigningKeyHost['check']>[0]) => {
    const [finding] = await host.check(parts).examine();
    expect(finding?.name).toBe('signing-keys');
    expect(finding?.advice === undefined).toBe(finding?.status === 'ok');
    return [finding?.status, finding?.detail];
  };

  it('and says which signs, which is next, and when', async () => {
    expect(await examine()).toEqual(['ok', 'none yet: the first is made when a token is issued']);
    const { key } = await host.keys.publish();
    expect(await examine()).toEqual([
      'ok',
      expect.stringMatching(
        new RegExp(`^${key.kid} signs \\(ES256\\); the next one is due on \\d{4}-\\d\\d-\\d\\d$`),
      ),
    ]);
    expect(await examine({ aheadSeconds: 92 * DAY_SECONDS })).toEqual([
      'warn',
      expect.stringContaining(key.kid),
    ]);
    const next = await host.keys.publish({ leadSeconds: 600 });
    expect((await examine())[1]).toContain(`; ${next.key.kid} takes over at 20`);
  });

  it('and fails where the key ring does not open what signs', async () => {
    expect(await examine({ keyRing: newKeyRing() })).toEqual([
      'fail',
      expect.stringMatching(/^the key ring does not open \S+$/),
    ]);
  });
});
