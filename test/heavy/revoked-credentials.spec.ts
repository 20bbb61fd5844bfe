import { randomBytes, randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SystemClock } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import {
  RevokedCredentials,
  type IssuedCredential,
} from '../../libs/nest/src/authorities/revocations/index.js';
import type { Change } from '../../libs/nest/src/state/change.js';
import { SaidChanges } from '../support/said-changes.js';

const REVOCATIONS = 1_000_000;
const LARGEST_BYTES = 200;
/** A tenth of what the leanest request costs here, which is some 25 µs. */
const LARGEST_EXTRA_MICROSECONDS = 2.5;
/** In the median: a machine that is busy with something else makes any one of them long. */
const LONGEST_SWEEP_MS = 5;
const PAIRS = 9;
const LOOKUPS = 200_000;
const HOUR_MS = 3_600_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function usedBytes(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const newId = () => randomBytes(16).toString('base64url');

/** What a node is told: the ids in texts of their own, as they come from a database. */
const KINDS: readonly (readonly [title: string, change: (expiresAt: Date) => Change])[] = [
  ['tokens', (expiresAt) => ({ kind: 'revoked-token', id: newId(), expiresAt })],
  ['tokens of UUIDs', (expiresAt) => ({ kind: 'revoked-token', id: randomUUID(), expiresAt })],
  [
    'tokens of 256 characters',
    (expiresAt) => ({
      kind: 'revoked-token',
      id: 'é漢'.repeat(96) + randomBytes(32).toString('hex'),
      expiresAt,
    }),
  ],
  ['sessions', (expiresAt) => ({ kind: 'revoked-session', id: newId(), expiresAt })],
  ['users', (expiresAt) => ({ kind: 'revoked-user', id: randomUUID(), before: new Date(), expiresAt })],
];

function filled(newChange: (expiresAt: Date) => Change, expiresAt: Date): RevokedCredentials {
  const feed = new SaidChanges();
  const revoked = new RevokedCredentials(feed, new SystemClock());
  for (let made = 0; made < REVOCATIONS; made += 1) feed.say(newChange(expiresAt));
  return revoked;
}

const median = (values: readonly number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] as number;

function microsecondsPerLookup(
  revoked: RevokedCredentials,
  credentials: readonly IssuedCredential[],
): number {
  const startedAt = performance.now();
  for (let at = 0; at < LOOKUPS; at += 1) {
    // A copy: nothing is looked up again for one that was found clear.
    const credential = { ...(credentials[at % credentials.length] as IssuedCredential) };
    if (revoked.includes(credential)) throw new Error('revoked');
  }
  return ((performance.now() - startedAt) * 1000) / LOOKUPS;
}

describe('A million live revocations', () => {
  it.each(KINDS)('take at most 200 bytes of memory for each: %s', (title, newChange) => {
    const before = usedBytes();
    const revoked = filled(newChange, new Date(Date.now() + HOUR_MS));
    const each = (usedBytes() - before) / REVOCATIONS;
    expect(revoked.size).toBe(REVOCATIONS);
    process.stdout.write(`${title}: ${each.toFixed(0)} bytes for each revocation\n`);
    expect(each).toBeLessThan(LARGEST_BYTES);
  });

  it('cost a request what none cost it', () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const none = new RevokedCredentials(new SaidChanges(), new SystemClock());
    const million = filled(
      (at) => (KINDS[Math.floor(Math.random() * 4)] as (typeof KINDS)[number])[1](at),
      expiresAt,
    );
    const credentials = Array.from({ length: 1000 }, () => ({
      tokenId: newId(),
      sessionId: newId(),
      userId: randomUUID(),
      clientId: 'bank-ios',
      begunAtMs: Date.now(),
    }));
    const pairs = Array.from({ length: PAIRS }, () => [
      microsecondsPerLookup(none, credentials),
      microsecondsPerLookup(million, credentials),
    ]) as [number, number][];
    const [without, withThem] = [median(pairs.map(([one]) => one)), median(pairs.map(([, other]) => other))];
    process.stdout.write(
      `lookup: ${without.toFixed(2)} µs with none, ${withThem.toFixed(2)} µs with a million\n`,
    );
    expect(withThem - without).toBeLessThan(LARGEST_EXTRA_MICROSECONDS);
  });

  it('are forgotten without a pause that a request would feel', () => {
    jest.useFakeTimers({ doNotFake: ['performance', 'hrtime', 'Date'] });
    const clock = new FixedClock(Date.now());
    const feed = new SaidChanges();
    const revoked = new RevokedCredentials(feed, clock);
    revoked.onModuleInit();
    const expiresAt = new Date(clock.now() + HOUR_MS);
    for (let made = 0; made < REVOCATIONS; made += 1)
      feed.say({ kind: 'revoked-token', id: newId(), expiresAt });
    clock.advance((2 * HOUR_MS) / 1000);
    const sweeps: number[] = [];
    while (revoked.size > 0 && sweeps.length < REVOCATIONS / 1_000) {
      const startedAt = performance.now();
      jest.advanceTimersByTime(1_000);
      sweeps.push(performance.now() - startedAt);
    }
    revoked.onApplicationShutdown();
    jest.useRealTimers();
    process.stdout.write(
      `forgotten in ${sweeps.length} sweeps of ${median(sweeps).toFixed(2)} ms, ${Math.max(...sweeps).toFixed(1)} ms at the longest\n`,
    );
    expect(revoked.size).toBe(0);
    expect(median(sweeps)).toBeLessThan(LONGEST_SWEEP_MS);
  });
});
