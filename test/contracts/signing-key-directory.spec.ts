import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { KeyRing } from '@portcullis/nest';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { temporarilyUnavailable } from '../../libs/nest/src/pipeline/index.js';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import { FixedClock } from '../../libs/nest/src/testing/index.js';
import { describeOnOneDatabase, type OpenedDatabase } from '../support/databases.js';
import { until } from '../support/feed-node.js';
import { noteLog } from '../support/log-book.js';
import {
  KEY_RING,
  kidOf,
  signingNode,
  type SigningNode,
  type SigningNodeParts,
} from '../support/signing-node.js';

const away = () => Promise.reject(temporarilyUnavailable('database_away'));
const here = async () => undefined;

describeOnOneDatabase('A node’s copy of the ring', (open) => {
  let database: OpenedDatabase;
  let clock: FixedClock;
  const logged: string[] = [];
  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    clock = new FixedClock('2026-03-01T12:00:00Z');
    logged.length = 0;
    const note = (line: string) => {
      logged.push(line);
      noteLog(line);
    };
    Logger.overrideLogger({ log: note, warn: note, error: note });
    await database.dataSource.query('DELETE FROM portcullis_signing_keys');
  });
  afterEach(() => Logger.overrideLogger(false));
  afterAll(() => database.close());

  const node = (given: Partial<SigningNodeParts> = {}) =>
    signingNode({ dataSource: database.dataSource, clock, ...given });
  const issued = async (by: SigningNode) => (await by.issue()).accessToken;
  const settled = () => new Promise((resolve) => setTimeout(resolve, 300));
  /** A token that names a key which nobody has. */
  const withKid = (token: string, kid: string) => {
    const [head, ...rest] = token.split('.') as [string, string, string];
    const header = { ...(JSON.parse(Buffer.from(head, 'base64url').toString()) as object), kid };
    return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
  };

  it('is read once, and answered from without waiting', async () => {
    const [issuer, other] = [node(), node()];
    const token = await issued(issuer);
    expect(await other.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    const { reads } = other.watched;
    for (let count = 0; count < 50; count++) {
      expect(other.verifier.verify(token)).toMatchObject({ sessionId: 'session-1' });
      expect(other.verifier.verify(await issued(issuer))).toMatchObject({ sessionId: 'session-1' });
    }
    expect([reads, other.watched.reads]).toEqual([1, 1]);
  });

  it('hands out the same key object for as long as the key is unchanged', async () => {
    const one = node();
    const kid = kidOf(await issued(one));
    const [before] = await one.directory.verifying(kid);
    await one.keys.publish();
    expect(await one.directory.published()).toHaveLength(2);
    const after = await one.directory.verifying(kid);
    expect(after).toHaveLength(2);
    expect(after.find((key) => key.kid === kid)).toBe(before);
  });

  it('is read again behind whoever asks when it is a minute old', async () => {
    const [one, deaf] = [node(), node()];
    const token = await issued(one);
    await deaf.verifier.verify(token);
    const { key } = await one.keys.publish({ leadSeconds: 0 });
    clock.advance(60);
    expect(deaf.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    expect(deaf.watched.reads).toBe(1);
    clock.advance(1);
    expect(deaf.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    await until(() => deaf.directory.knows(key.kid));
    expect(deaf.watched.reads).toBe(2);
    expect(await deaf.directory.published()).toHaveLength(2);
  });

  it('[D05] is read no more often than four times a second for keys that nobody has', async () => {
    const one = node();
    const token = await issued(one);
    const { reads } = one.watched;
    const startedAt = performance.now();
    const strangers = Array.from({ length: 2000 }, (_, at) => one.verifier.verify(withKid(token, `k${at}`)));
    expect(new Set(await Promise.all(strangers))).toEqual(new Set([undefined]));
    await Promise.all(strangers.map((_, at) => one.verifier.verify(withKid(token, `l${at}`))));
    const spentMs = performance.now() - startedAt;
    expect(one.watched.reads - reads).toBeLessThanOrEqual(Math.ceil(spentMs / 250));
    // Meanwhile, and afterwards, keys that are known are not waited for.
    expect(one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
  });

  it('[D05] is not read for a token that would be refused with any key', async () => {
    const one = node();
    const [head, , signature] = (await issued(one)).split('.') as [string, string, string];
    const { reads } = one.watched;
    const claims = Buffer.from(JSON.stringify({ iss: 'https://elsewhere.example' })).toString('base64url');
    expect(one.verifier.verify(withKid(`${head}.${claims}.${signature}`, 'theirs'))).toBeUndefined();
    expect(one.verifier.verify(withKid(`${head}.${claims}.${signature}`, 'x'.repeat(129)))).toBeUndefined();
    expect(one.watched.reads).toBe(reads);
  });

  it('finds a key that it has not heard of, whatever strangers name meanwhile', async () => {
    const [one, deaf] = [node(), node()];
    const old = await issued(one);
    await deaf.verifier.verify(old);
    for (let count = 0; count < 20; count++) void deaf.verifier.verify(withKid(old, `k${count}`));
    await one.keys.publish({ leadSeconds: 0 });
    clock.advance(1);
    const young = await issued(one);
    expect(kidOf(young)).not.toBe(kidOf(old));
    for (let count = 0; count < 20; count++) void deaf.verifier.verify(withKid(old, `l${count}`));
    expect(await deaf.verifier.verify(young)).toMatchObject({ userId: 'user-1' });
  });

  it('knows nothing of a dropped key once it has heard, and does not look for it again', async () => {
    const announcements = new LocalAnnouncements();
    const [one, other] = [node({ announcements }), node({ announcements })];
    await other.changes.onApplicationBootstrap();
    const token = await issued(one);
    expect(await other.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    const before = other.watched.reads;
    let answered = 0;
    other.watched.after = async () => void answered++;
    await one.keys.drop(kidOf(token));
    expect(await one.verifier.verify(token)).toBeUndefined();
    await until(() => answered > 0 && other.watched.reads - before === answered);
    const { reads } = other.watched;
    for (let count = 0; count < 20; count++) expect(other.verifier.verify(token)).toBeUndefined();
    expect(other.watched.reads).toBe(reads);
    other.changes.onApplicationShutdown();
  });

  it('stays in use while the database is away, but for a key that is known to have changed', async () => {
    const one = node();
    const token = await issued(one);
    const { key } = await one.keys.publish();
    await one.directory.published();
    one.watched.before = away;
    clock.advance(61);
    for (let count = 0; count < 5; count++)
      expect(one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    await settled();
    expect(logged.filter((line) => line.includes('not read again'))).toHaveLength(1);
    // What it cannot know it does not guess.
    await one.keys.drop(key.kid);
    expect(one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    await one.keys.drop(kidOf(token));
    const unknown = Promise.resolve().then(() => one.verifier.verify(withKid(token, 'unknown')));
    await expect(unknown).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    await expect(one.verifier.verify(token)).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    one.watched.before = here;
    expect(await one.verifier.verify(token)).toBeUndefined();
  });

  it('asks a database that hangs once, and goes on with what it has', async () => {
    const one = node();
    const token = await issued(one);
    await one.directory.published();
    const { reads } = one.watched;
    let letGo: (() => void) | undefined;
    one.watched.before = () => new Promise((resolve) => (letGo = resolve));
    clock.advance(61);
    const waiting: unknown[] = [];
    for (let turn = 0; turn < 3; turn++) {
      expect(one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
      waiting.push(one.verifier.verify(withKid(token, `k${turn}`)));
      await settled();
    }
    expect(one.watched.reads - reads).toBe(1);
    one.watched.before = here;
    letGo?.();
    expect(await Promise.all(waiting)).toEqual([undefined, undefined, undefined]);
    expect(one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
  });

  it('keeps nothing that was read before a change, though it arrives after it', async () => {
    const [one, other] = [node(), node()];
    const token = await issued(other);
    let letGo: (() => void) | undefined;
    one.watched.after = () => new Promise((resolve) => (letGo = resolve));
    const early = one.directory.published();
    while (!letGo) await settled();
    one.watched.after = here;
    const { successor } = await other.keys.drop(kidOf(token));
    await one.changes.catchUp();
    letGo();
    expect((await early).map(({ kid }) => kid)).toEqual([successor?.key.kid]);
    expect(await one.verifier.verify(token)).toBeUndefined();
  });

  it('passes over a key that does not open, and says so once', async () => {
    const theirs = await issued(node({ keyRing: new KeyRing([randomBytes(32)]) }));
    const one = node();
    await one.keys.publish();
    const token = await issued(one);
    expect(await one.verifier.verify(theirs)).toBeUndefined();
    expect(await one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    await one.keys.publish();
    await one.directory.published();
    expect(logged.filter((line) => line.includes(kidOf(theirs)))).toHaveLength(1);
  });

  it('believes no row: neither another’s public key, nor a seal that was moved', async () => {
    const one = node();
    const kid = kidOf(await issued(one));
    await one.keys.publish();
    const rows = await database.dataSource.query<{ kid: string }[]>(
      'SELECT kid FROM portcullis_signing_keys',
    );
    const other = rows.find((row) => row.kid !== kid)?.kid;
    await database.dataSource.query(
      `UPDATE portcullis_signing_keys SET public_jwk = (SELECT public_jwk FROM portcullis_signing_keys WHERE kid = $2)
       WHERE kid = $1`,
      [kid, other],
    );
    const [mine] = (await one.directory.published()).filter((key) => key.kid === kid);
    expect((await node().directory.published()).find((key) => key.kid === kid)).toEqual(mine);
    await database.dataSource.query(
      `UPDATE portcullis_signing_keys SET sealed = (SELECT sealed FROM portcullis_signing_keys WHERE kid = $2)
       WHERE kid = $1`,
      [kid, other],
    );
    expect((await node().directory.published()).map((key) => key.kid)).toEqual([other]);
  });

  it('opens what was sealed before the key ring was rotated', async () => {
    const token = await issued(node());
    const older = Buffer.alloc(32, 7);
    const rotated = node({ keyRing: new KeyRing([randomBytes(32), older]) });
    expect(KEY_RING.fingerprint('x')).toBe(new KeyRing([older]).fingerprint('x'));
    expect(await rotated.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
  });
});
