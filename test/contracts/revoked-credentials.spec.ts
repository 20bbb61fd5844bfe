import { FixedClock } from '@portcullis/nest/testing';
import {
  RevokedCredentials,
  type IssuedCredential,
} from '../../libs/nest/src/authorities/revocations/index.js';
import type { Change } from '../../libs/nest/src/state/change.js';
import { SaidChanges } from '../support/said-changes.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('What a node knows to be revoked', () => {
  let clock: FixedClock;
  let feed: SaidChanges;
  let revoked: RevokedCredentials;
  beforeEach(() => {
    clock = new FixedClock('2026-03-29T12:00:30Z');
    feed = new SaidChanges();
    revoked = new RevokedCredentials(feed, clock);
  });

  const inTime = (ms: number) => new Date(clock.now() + ms);
  const say = (change: Partial<Change> & Pick<Change, 'kind'>) =>
    feed.say({ id: '*', expiresAt: inTime(HOUR_MS), ...change });
  const credential = (members: Partial<IssuedCredential> = {}): IssuedCredential => ({
    tokenId: 'jti-1',
    sessionId: 'sid-1',
    userId: 'ada',
    clientId: 'bank-ios',
    begunAtMs: clock.now(),
    ...members,
  });

  it('is nothing before anything was revoked', () => {
    expect([revoked.includes(credential()), revoked.size]).toEqual([false, 0]);
  });

  it('is asked anew about a credential whenever something was revoked, whichever node asked before', () => {
    const one = credential();
    const another = new RevokedCredentials(new SaidChanges(), clock);
    expect([revoked.includes(one), another.includes(one), revoked.includes(one)]).toEqual([
      false,
      false,
      false,
    ]);
    say({ kind: 'revoked-token', id: 'jti-2' });
    say({ kind: 'app', id: 'bank-ios' });
    expect(revoked.includes(one)).toBe(false);
    say({ kind: 'revoked-session', id: 'sid-1' });
    expect([revoked.includes(one), another.includes(one)]).toEqual([true, false]);
    expect(revoked.includes(one)).toBe(true);
  });

  it('is one token by its jti, and no other', () => {
    say({ kind: 'revoked-token', id: 'jti-1' });
    expect(revoked.includes(credential())).toBe(true);
    for (const tokenId of ['jti-2', 'jti-', 'JTI-1', 'jti-1 ', undefined])
      expect(revoked.includes(credential({ tokenId }))).toBe(false);
  });

  it('is one session with whatever belongs to it', () => {
    say({ kind: 'revoked-session', id: 'sid-1' });
    expect(revoked.includes(credential({ tokenId: 'another' }))).toBe(true);
    expect(revoked.includes(credential({ tokenId: undefined }))).toBe(true);
    expect(revoked.includes(credential({ sessionId: 'sid-2' }))).toBe(false);
    expect(revoked.includes(credential({ sessionId: undefined }))).toBe(false);
  });

  it('takes the id of one kind of thing for that of no other', () => {
    for (const kind of ['revoked-token', 'revoked-session', 'revoked-user', 'revoked-app'] as const)
      say({ kind, id: kind, before: inTime(HOUR_MS) });
    const [tokenId, sessionId, userId, clientId] = [
      'revoked-session',
      'revoked-user',
      'revoked-app',
      'revoked-token',
    ];
    expect(revoked.includes({ tokenId, sessionId, userId, clientId, begunAtMs: 0 })).toBe(false);
    expect(revoked.size).toBe(4);
  });

  it.each([
    ['a user', 'revoked-user', 'ada', { userId: 'grace' }],
    ['an app', 'revoked-app', 'bank-ios', { clientId: 'bank-android' }],
  ] as const)('is what %s began before a moment, and nothing of another', (_, kind, id, other) => {
    const before = inTime(0);
    say({ kind, id, before });
    expect(revoked.includes(credential({ begunAtMs: before.getTime() - 1 }))).toBe(true);
    expect(revoked.includes(credential({ begunAtMs: before.getTime() }))).toBe(false);
    expect(revoked.includes(credential({ begunAtMs: undefined }))).toBe(true);
    expect(revoked.includes(credential({ ...other, begunAtMs: 0 }))).toBe(false);
  });

  it('is what anybody began before a moment', () => {
    const before = inTime(0);
    say({ kind: 'revoked-all', before });
    const anybody = { userId: 'anybody', clientId: 'any app', tokenId: undefined, sessionId: undefined };
    expect(revoked.includes(credential({ ...anybody, begunAtMs: before.getTime() - 1 }))).toBe(true);
    expect(revoked.includes(credential({ ...anybody, begunAtMs: before.getTime() }))).toBe(false);
    expect(revoked.includes(credential({ ...anybody, begunAtMs: undefined }))).toBe(true);
  });

  it.each(['revoked-user', 'revoked-app', 'revoked-all'] as const)(
    'keeps the later of two moments (%s), in whichever order it hears of them',
    (kind) => {
      const id = { 'revoked-user': 'ada', 'revoked-app': 'bank-ios', 'revoked-all': '*' }[kind];
      const [early, late] = [inTime(0), inTime(1000)];
      for (const order of [
        [early, late],
        [late, early],
      ]) {
        revoked = new RevokedCredentials(feed, clock);
        for (const before of order) say({ kind, id, before });
        expect(revoked.includes(credential({ begunAtMs: late.getTime() - 1 }))).toBe(true);
        expect(revoked.includes(credential({ begunAtMs: late.getTime() }))).toBe(false);
      }
    },
  );

  it('is everything when a revocation names no moment', () => {
    say({ kind: 'revoked-user', id: 'ada', before: undefined });
    expect(revoked.includes(credential({ begunAtMs: inTime(HOUR_MS).getTime() }))).toBe(true);
  });

  it('remembers each until it expires, and the longer of two', () => {
    say({ kind: 'revoked-token', id: 'jti-1', expiresAt: inTime(2 * HOUR_MS) });
    say({ kind: 'revoked-token', id: 'jti-1', expiresAt: inTime(HOUR_MS) });
    say({ kind: 'revoked-all', before: inTime(0), expiresAt: inTime(HOUR_MS) });
    const start = clock.now();
    clock.set(start + HOUR_MS - 1);
    expect(revoked.includes(credential({ tokenId: 'jti-2', begunAtMs: 0 }))).toBe(true);
    clock.set(start + HOUR_MS + MINUTE_MS);
    expect(revoked.includes(credential({ tokenId: 'jti-2', begunAtMs: 0 }))).toBe(false);
    expect(revoked.includes(credential())).toBe(true);
    clock.set(start + 2 * HOUR_MS - 1);
    expect(revoked.includes(credential())).toBe(true);
    clock.set(start + 2 * HOUR_MS + MINUTE_MS);
    expect(revoked.includes(credential())).toBe(false);
  });

  it('does not revive with a new revocation what an expired one had hit', () => {
    for (const kind of ['revoked-user', 'revoked-all'] as const) {
      const id = kind === 'revoked-all' ? '*' : 'ada';
      revoked = new RevokedCredentials(feed, clock);
      say({ kind, id, before: inTime(HOUR_MS), expiresAt: inTime(MINUTE_MS) });
      clock.advance(120);
      say({ kind, id, before: inTime(0) });
      expect(revoked.includes(credential({ begunAtMs: clock.now() + 1 }))).toBe(false);
    }
  });

  it('keeps nothing that had expired when it was heard, and nothing of copies', () => {
    say({ kind: 'revoked-token', id: 'jti-1', expiresAt: inTime(0) });
    for (const kind of ['app', 'user', 'admin-key', 'signing-key'] as const) say({ kind, id: 'ada' });
    feed.say('everything');
    expect([revoked.includes(credential()), revoked.size]).toEqual([false, 0]);
  });

  it('forgets nothing when every copy is out of date', () => {
    say({ kind: 'revoked-token', id: 'jti-1' });
    feed.say('everything');
    expect(revoked.includes(credential())).toBe(true);
  });

  it('tells long ids apart by all of their characters', () => {
    const long = '漢'.repeat(255);
    say({ kind: 'revoked-token', id: `${long}a` });
    expect(revoked.includes(credential({ tokenId: `${long}a` }))).toBe(true);
    expect(revoked.includes(credential({ tokenId: `${long}b` }))).toBe(false);
    for (const id of ['x', '', '__proto__', 'ab'])
      expect(revoked.includes(credential({ tokenId: id, sessionId: id, userId: id, clientId: id }))).toBe(
        false,
      );
  });

  describe('while time goes by', () => {
    beforeEach(() => {
      jest.useFakeTimers();
      revoked.onModuleInit();
    });
    afterEach(() => {
      revoked.onApplicationShutdown();
      jest.useRealTimers();
    });

    it('forgets what has expired, some of it at a time, and nothing else', () => {
      for (let at = 0; at < 10_000; at += 1) {
        const expiresAt = inTime(at % 2 === 0 ? MINUTE_MS : HOUR_MS);
        say({ kind: 'revoked-token', id: `jti-${at}`, expiresAt });
        say({ kind: 'revoked-user', id: `user-${at}`, before: inTime(0), expiresAt });
      }
      say({ kind: 'revoked-all', before: inTime(0), expiresAt: inTime(MINUTE_MS) });
      expect(revoked.size).toBe(20_001);
      clock.advance(120);
      jest.advanceTimersByTime(1000);
      expect(revoked.size).toBeGreaterThan(15_000);
      jest.advanceTimersByTime(10_000);
      expect(revoked.size).toBe(10_000);
      for (let at = 0; at < 10_000; at += 1)
        expect(revoked.includes(credential({ tokenId: `jti-${at}` }))).toBe(at % 2 === 1);
    });

    it('does not grow with what is long past, however much is revoked', () => {
      revoked.onApplicationShutdown();
      for (let at = 0; at < 50_000; at += 1) {
        clock.advance(0.6);
        say({ kind: 'revoked-session', id: `sid-${at}`, expiresAt: inTime(MINUTE_MS) });
      }
      expect(revoked.size).toBeLessThan(1_000);
    });
  });
});
