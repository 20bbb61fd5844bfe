import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { KeyRing } from '@portcullis/nest';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { FixedClock } from '../../libs/nest/src/testing/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { noteLog, noteSecret } from '../support/log-book.js';
import { kidOf, signingNode, type SigningNode, type SigningNodeParts } from '../support/signing-node.js';

const START = '2026-03-01T12:00:00.000Z';
const LEAD_SECONDS = 600;
/** Of an access token, and of the clocks of two nodes. */
const OUTLIVES_SECONDS = 300 + 2 * 5;
const DAY_SECONDS = 86_400;

describeOnEachDatabase('The ring of signing keys', (open) => {
  let database: OpenedDatabase;
  let clock: FixedClock;
  beforeAll(async () => {
    const silent = () => undefined;
    Logger.overrideLogger({ log: silent, warn: silent, error: noteLog });
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    clock = new FixedClock(START);
    for (const table of ['signing_keys', 'changes'])
      // oxlint-disable-next-line no-await-in-loop -- one connection
      await database.dataSource.query(`DELETE FROM portcullis_${table}`);
  });
  afterAll(async () => {
    Logger.overrideLogger(false);
    await database.close();
  });

  const node = (given: Partial<SigningNodeParts> = {}) =>
    signingNode({ dataSource: database.dataSource, clock, ...given });
  const states = async ({ keys }: SigningNode) =>
    Object.fromEntries((await keys.list()).map(({ kid, state }) => [kid, state]));
  const issuedBy = async (issuer: SigningNode) => (await issuer.issue()).accessToken;
  const acts = async ({ audit }: SigningNode, subject: string) =>
    (await audit.find({ subject, limit: 500 })).map(({ action, party }) => `${action} by ${party.kind}`);

  it('is empty until a key is needed, and of several nodes that need one at once, one makes it', async () => {
    const nodes = [node(), node({ dataSource: await database.another() }), node()];
    expect(await nodes[0]?.keys.list()).toEqual([]);
    const tokens = await Promise.all([...nodes, ...nodes].map((one) => issuedBy(one)));
    const [key, ...more] = await (nodes[0] as SigningNode).keys.list();
    expect(more).toEqual([]);
    expect(new Set(tokens.map(kidOf))).toEqual(new Set([key?.kid]));
    for (const { verifier } of nodes)
      for (const token of tokens) expect(await verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    expect(await acts(nodes[0] as SigningNode, key?.kid as string)).toEqual([
      'signing-key.published by host',
    ]);
  });

  it('publishes a key, signs with it after the lead, and lets the one before verify until its last token is over', async () => {
    const one = node();
    const first = kidOf(await issuedBy(one));
    const { key, ...rest } = await one.keys.publish();
    expect(rest).toEqual({});
    expect(key.signsFrom.getTime() - clock.now()).toBe(LEAD_SECONDS * 1000);
    expect(await states(one)).toEqual({ [key.kid]: 'waiting', [first]: 'signing' });
    clock.advance(LEAD_SECONDS - 0.001);
    const last = await issuedBy(one);
    expect(kidOf(last)).toBe(first);
    clock.advance(0.001);
    expect(kidOf(await issuedBy(one))).toBe(key.kid);
    expect(await states(one)).toEqual({ [key.kid]: 'signing', [first]: 'verifying' });
    expect(await one.verifier.verify(last)).toMatchObject({ id: expect.any(String) });
    clock.advance(OUTLIVES_SECONDS - 0.001);
    expect(await one.keys.removeRetired(new Date(clock.now()))).toBe(0);
    expect(one.directory.verifying(first)).toHaveLength(2);
    clock.advance(0.001);
    expect(await states(one)).toEqual({ [key.kid]: 'signing', [first]: 'retired' });
    expect(one.directory.verifying(first)).toHaveLength(1);
    expect(await one.keys.removeRetired(new Date(clock.now()))).toBe(1);
    expect(await states(one)).toEqual({ [key.kid]: 'signing' });
    expect(await acts(one, first)).toEqual(['signing-key.dropped by host', 'signing-key.published by host']);
  });

  it('rotates by itself when the last key has signed for long enough, once for all nodes', async () => {
    const nodes = [node(), node({ dataSource: await database.another() })] as const;
    await issuedBy(nodes[0]);
    const rotate = () => Promise.all(nodes.map(({ keys }) => keys.rotateIfDue(new Date(clock.now()))));
    clock.advance(90 * DAY_SECONDS - LEAD_SECONDS - 1);
    expect(await rotate()).toEqual([false, false]);
    clock.advance(1);
    expect((await rotate()).filter(Boolean)).toHaveLength(1);
    expect(Object.values(await states(nodes[0]))).toEqual(['waiting', 'signing']);
    clock.advance(LEAD_SECONDS);
    expect(await rotate()).toEqual([false, false]);
    expect(Object.values(await states(nodes[0]))).toEqual(['signing', 'verifying']);
  });

  it('does not rotate what does not exist, nor a secret that somebody would have to be told', async () => {
    expect(await node().keys.rotateIfDue(new Date(clock.now()))).toBe(false);
    const shared = node({ options: { algorithm: 'HS256' } });
    await issuedBy(shared);
    expect(await shared.keys.rotateIfDue(new Date(clock.now() + 1000 * DAY_SECONDS * 1000))).toBe(false);
    expect(await shared.keys.list()).toHaveLength(1);
    // Where ES256 is wanted from now on, it is due at once, with the lead.
    expect(await node().keys.rotateIfDue(new Date(clock.now()))).toBe(true);
    expect((await node().keys.list()).map(({ algorithm, state }) => [algorithm, state])).toEqual([
      ['ES256', 'waiting'],
      ['HS256', 'signing'],
    ]);
  });

  it('shows a secret once, and never a private key', async () => {
    const shared = node({ options: { algorithm: 'HS256' } });
    const { key, secret } = await shared.keys.publish();
    expect(Buffer.from(noteSecret(secret as string), 'base64')).toHaveLength(32);
    expect(key.state).toBe('signing');
    const { key: pair } = await node().keys.publish({ leadSeconds: 5 });
    for (const shown of [key, pair, ...(await shared.keys.list())])
      expect(Object.keys(shown).toSorted()).toEqual([
        'algorithm',
        'createdAt',
        'kid',
        'publicJwk',
        'signsFrom',
        'state',
        'verifiesUntil',
      ]);
    expect(pair.publicJwk).not.toHaveProperty('d');
  });

  it('takes a secret that others have already, if it is one, and only once', async () => {
    const shared = node({ options: { algorithm: 'HS256' } });
    const secret = noteSecret(randomBytes(48).toString('base64'));
    expect((await shared.keys.publish({ secret })).secret).toBe(secret);
    const refused = async (keys: SigningNode, given: object, member: string) =>
      expect(Promise.resolve().then(() => keys.keys.publish(given))).rejects.toMatchObject({
        code: 'validation_failed',
        members: { errors: [{ path: member }] },
      });
    await refused(shared, { secret }, 'secret');
    for (const wrong of [
      '',
      'not base64!',
      randomBytes(31).toString('base64'),
      randomBytes(257).toString('base64'),
    ])
      await refused(shared, { secret: wrong }, 'secret');
    await refused(node(), { secret: randomBytes(32).toString('base64') }, 'secret');
    for (const leadSeconds of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      await refused(shared, { leadSeconds }, 'leadSeconds');
    expect(await shared.keys.list()).toHaveLength(1);
  });

  it('holds 32 keys and no more', async () => {
    const one = node();
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (let count = 0; count < 32; count++) await one.keys.publish();
    await expect(one.keys.publish()).rejects.toMatchObject({ code: 'validation_failed' });
    expect(await one.keys.list()).toHaveLength(32);
  });

  it('drops a key once, and knows no other', async () => {
    const one = node();
    const kid = kidOf(await issuedBy(one));
    await one.keys.publish();
    await expect(one.keys.drop('unknown')).rejects.toMatchObject({ code: 'not_found' });
    const answers = await Promise.allSettled([one.keys.drop(kid), one.keys.drop(kid)]);
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('puts the key that waits in the place of the one that is dropped, or a new one', async () => {
    const one = node();
    const first = kidOf(await issuedBy(one));
    const { key: waiting } = await one.keys.publish();
    const { key: later } = await one.keys.publish({ leadSeconds: 2 * LEAD_SECONDS });
    clock.advance(1);
    const dropped = await one.keys.drop(first);
    expect(dropped.successor?.key).toMatchObject({ kid: waiting.kid, state: 'signing' });
    expect(kidOf(await issuedBy(one))).toBe(waiting.kid);
    // One that does not sign leaves everything else as it is.
    expect(await one.keys.drop(later.kid)).toEqual({});
    const { successor } = await one.keys.drop(waiting.kid);
    expect(successor?.key.state).toBe('signing');
    expect(kidOf(await issuedBy(one))).toBe(successor?.key.kid);
    expect(await states(one)).toEqual({ [successor?.key.kid as string]: 'signing' });
  });

  it('tells the secret that takes over when a shared one is dropped', async () => {
    const shared = node({ options: { algorithm: 'HS256' } });
    const { key } = await shared.keys.publish();
    const { successor } = await shared.keys.drop(key.kid);
    expect(Buffer.from(noteSecret(successor?.secret as string), 'base64')).toHaveLength(32);
  });

  it('goes on with another key where one does not open, and replaces it when it is dropped', async () => {
    const stranger = node({ keyRing: new KeyRing([randomBytes(32)]) });
    const one = node();
    const theirs = kidOf(await issuedBy(stranger));
    await expect(one.issue()).rejects.toMatchObject({ code: 'temporarily_unavailable' });
    clock.advance(1);
    // At once: nothing else signs here.
    const { key } = await one.keys.publish();
    expect(key.signsFrom.getTime()).toBe(clock.now());
    expect(kidOf(await issuedBy(one))).toBe(key.kid);
    await one.keys.drop(theirs);
    expect(await states(one)).toEqual({ [key.kid]: 'signing' });
  });

  it('lets a key sign that was made by a clock which is behind that of whoever made the last one', async () => {
    const one = node();
    const first = kidOf(await issuedBy(one));
    clock.advance(-4);
    const { key } = await one.keys.publish({ leadSeconds: 0 });
    clock.advance(4.001);
    expect(await states(one)).toEqual({ [key.kid]: 'signing', [first]: 'verifying' });
    expect(kidOf(await issuedBy(one))).toBe(key.kid);
  });

  it('keeps nothing of a change that was undone', async () => {
    const one = node();
    const kid = kidOf(await issuedBy(one));
    const undone = one.transactions.run(async () => {
      await one.keys.drop(kid);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await states(one)).toEqual({ [kid]: 'signing' });
    expect(await acts(one, kid)).toEqual(['signing-key.published by host']);
    expect(kidOf(await issuedBy(one))).toBe(kid);
  });

  it('makes the first key for a token that is issued in a transaction, and again when that is undone', async () => {
    const one = node();
    const undone = one.transactions.run(async () => {
      await issuedBy(one);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await one.keys.list()).toEqual([]);
    const token = await one.transactions.run(() => issuedBy(one));
    expect(await states(one)).toEqual({ [kidOf(token)]: 'signing' });
    expect(await one.verifier.verify(token)).toMatchObject({ userId: 'user-1' });
  });
});
