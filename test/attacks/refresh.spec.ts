import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { RefreshTokens } from '../../libs/nest/src/authorities/tokens/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { refreshNode, type RefreshNode, type StartedFamily } from '../support/refresh-node.js';
import { anApp, NOON } from '../support/registry-records.js';

const keyRing = new KeyRing([randomBytes(32)]);
const DAY_SECONDS = 86_400;
const REUSED = { reason: 'refresh_token_reused', alarm: true };

describeOnEachDatabase('refresh tokens', (open) => {
  let database: OpenedDatabase;
  let node: RefreshNode;
  let appId: string;
  const clock = new FixedClock(NOON);

  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    node = refreshNode({ dataSource: database.dataSource, keyRing, clock });
    const app = anApp();
    await node.stores.apps.insert(app);
    appId = app.id;
  });
  afterAll(() => database.close());

  const start = () => node.start({ appId });
  const next = async (refreshToken: string) => (await node.redeem(refreshToken, { appId })).refreshToken;
  const refusal = (refreshToken: string) => node.refusal(refreshToken, { appId });

  /** Durable, told to this node, and written down. */
  async function expectEnded({ sessionId }: StartedFamily): Promise<void> {
    expect(await node.stores.sessions.find(sessionId)).toBeUndefined();
    expect(await node.store.findLocked(sessionId)).toBeUndefined();
    expect(node.revoked.includes({ sessionId, userId: 'user-1', clientId: appId, begunAtMs: 0 })).toBe(true);
    expect(await node.auditOf(sessionId)).toEqual(['refresh-token.reused']);
  }

  async function expectAlive(family: StartedFamily): Promise<void> {
    expect(await node.stores.sessions.find(family.sessionId)).toBeDefined();
    expect(await node.auditOf(family.sessionId)).toEqual([]);
  }

  it('[G01] gives another token for each, with the scopes of the first', async () => {
    const family = await start();
    const seen = new Set([family.refreshToken]);
    let { refreshToken } = family;
    for (let generation = 1; generation <= 5; generation++) {
      const redeemed = await node.redeem(refreshToken, { appId });
      expect(redeemed.family.scopes).toEqual(['accounts:read', 'transfers:write']);
      const kept = await node.stores.refreshFamilies.findLocked(redeemed.family.sessionId);
      expect(kept?.generation).toBe(generation);
      ({ refreshToken } = redeemed);
      seen.add(refreshToken);
      clock.advance(60);
    }
    expect(seen.size).toBe(6);
    await expectAlive(family);
  });

  it('[G02] ends the session, before it answers, when a token comes back after the grace', async () => {
    const family = await start();
    const successor = await next(family.refreshToken);
    clock.advance(30);
    expect(await refusal(family.refreshToken)).toEqual(REUSED);
    await expectEnded(family);
    expect(await refusal(successor)).toEqual({ reason: 'refresh_family_unknown', alarm: false });
  });

  it('[G02] raises one alarm for a session, however many use its old tokens at once', async () => {
    const family = await start();
    await next(family.refreshToken);
    clock.advance(30);
    const refusals = await Promise.all(Array.from({ length: 10 }, () => refusal(family.refreshToken)));
    expect(refusals.filter(({ alarm }) => alarm)).toHaveLength(1);
    await expectEnded(family);
  });

  it('gives the immediate predecessor the same successor within the grace', async () => {
    const family = await start();
    const successor = await next(family.refreshToken);
    clock.advance(29.999);
    for (let at = 0; at < 3; at++) expect(await next(family.refreshToken)).toBe(successor);
    const { sessionId } = (await node.redeem(successor, { appId })).family;
    expect((await node.stores.refreshFamilies.findLocked(sessionId))?.generation).toBe(2);
    await expectAlive(family);
  });

  it('[G06] has no grace for a grandparent, nor for a predecessor whose successor was used', async () => {
    const family = await start();
    const second = await next(family.refreshToken);
    const third = await next(second);
    expect(await next(second)).toBe(third);
    expect(await refusal(family.refreshToken)).toEqual(REUSED);
    await expectEnded(family);
    for (const token of [second, third])
      expect(await refusal(token)).toEqual({ reason: 'refresh_family_unknown', alarm: false });
  });

  it('[G07] answers a predecessor 40 times, and ends the session at the next', async () => {
    const family = await start();
    const successor = await next(family.refreshToken);
    for (let at = 0; at < 40; at++) expect(await next(family.refreshToken)).toBe(successor);
    expect(await refusal(family.refreshToken)).toEqual({ reason: 'refresh_grace_exhausted', alarm: true });
    await expectEnded(family);
  });

  it.each([
    ['current token', false],
    ['predecessor, within the grace', true],
  ])('[G08] ends the session when another app presents the %s', async (_, asPredecessor) => {
    const family = await start();
    const successor = await next(family.refreshToken);
    const stolen = asPredecessor ? family.refreshToken : successor;
    const refused = await node.refusal(stolen, { appId: 'another' });
    expect(refused).toEqual({ reason: 'refresh_token_of_another_app', alarm: true });
    await expectEnded(family);
  });

  it.each([
    ['another key', 'thumbprint', 'another'],
    ['no key', 'thumbprint', null],
    ['a key where there was none', null, 'thumbprint'],
  ])('[G08] ends the session when a token is presented with %s', async (_, boundKey, presentedWith) => {
    for (const asPredecessor of [true, false]) {
      const family = await node.start({ appId, boundKey });
      const { refreshToken } = await node.redeem(family.refreshToken, { appId, boundKey });
      const stolen = asPredecessor ? family.refreshToken : refreshToken;
      const refused = await node.refusal(stolen, { appId, boundKey: presentedWith });
      expect(refused).toEqual({ reason: 'refresh_token_of_another_key', alarm: true });
      await expectEnded(family);
    }
  });

  it('[G09] ends the session when a sibling turns up that was made at the same moment', async () => {
    const family = await start();
    await next(family.refreshToken);
    const sibling = new RefreshTokens(keyRing).mint(family.sessionId, 1);
    expect(await refusal(sibling.text)).toEqual(REUSED);
    await expectEnded(family);
  });

  it('[G14] does not know tokens of commits that got lost, and raises no alarm for them', async () => {
    const family = await start();
    const restored = await node.store.findLocked(family.sessionId);
    let { refreshToken } = family;
    for (let at = 0; at < 3; at++) {
      refreshToken = await next(refreshToken);
    }
    await database.dataSource.query('DELETE FROM portcullis_refresh_families WHERE session_id = $1', [
      family.sessionId,
    ]);
    await node.store.insert(restored!);
    expect(await refusal(refreshToken)).toEqual({ reason: 'refresh_token_ahead', alarm: false });
    await expectAlive(family);
    // What the database knows of is still good.
    await next(family.refreshToken);
  });

  it('[G17] keeps nothing from which a token could be made', async () => {
    const family = await start();
    const successor = await next(family.refreshToken);
    const rows = await database.dataSource.query(
      `SELECT family::text, encode(sealed_successor, 'escape') AS sealed
       FROM portcullis_refresh_families family WHERE session_id = $1`,
      [family.sessionId],
    );
    const dump = JSON.stringify(rows);
    expect(dump).toContain(family.sessionId);
    for (const token of [family.refreshToken, successor]) {
      const [, secret = '', , tag = ''] = token.split('.');
      for (const part of [secret, tag.slice(8), Buffer.from(secret, 'base64url').toString('hex')])
        expect(dump).not.toContain(part);
    }
  });

  it('asks nobody about a text that was made up, and ends no session for it', async () => {
    const family = await start();
    const foreign = new RefreshTokens(new KeyRing([randomBytes(32)]));
    for (const text of [
      foreign.mint(family.sessionId, 0).text,
      `${family.refreshToken}A`,
      '',
      family.sessionId,
    ])
      expect(await refusal(text)).toEqual({ reason: 'refresh_token_unknown', alarm: false });
    await expectAlive(family);
    await next(family.refreshToken);
  });

  it('refuses more than was granted without using the token up', async () => {
    const family = await start();
    const greedy = { appId, askedScopes: ['accounts:read', 'bank:admin'] };
    await expect(node.redeem(family.refreshToken, greedy)).rejects.toThrow('more scopes');
    const successor = await next(family.refreshToken);
    await expect(node.redeem(family.refreshToken, greedy)).rejects.toThrow('more scopes');
    expect(await next(family.refreshToken)).toBe(successor);
    await expectAlive(family);
  });

  it('leaves a token as it is where it is bound to a key and the app is so minded', async () => {
    const boundKey = 'thumbprint';
    const asItIs = { appId, boundKey, rotates: false };
    const family = await node.start({ appId, boundKey });
    clock.advance(20 * DAY_SECONDS);
    const first = await node.redeem(family.refreshToken, asItIs);
    clock.advance(20 * DAY_SECONDS);
    const second = await node.redeem(family.refreshToken, asItIs);
    expect([first.refreshToken, second.refreshToken]).toEqual([family.refreshToken, family.refreshToken]);
    const bearer = await start();
    const rotated = await node.redeem(bearer.refreshToken, { appId, rotates: false });
    expect(rotated.refreshToken).not.toBe(bearer.refreshToken);
  });
});
