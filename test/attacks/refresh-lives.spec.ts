import { randomBytes } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { refreshNode, type RefreshNode, type StartedFamily } from '../support/refresh-node.js';
import { anApp, NOON } from '../support/registry-records.js';

const keyRing = new KeyRing([randomBytes(32)]);
const DAY_SECONDS = 86_400;
const REUSED = { reason: 'refresh_token_reused', alarm: true };

describeOnEachDatabase('the lives of refresh tokens', (open) => {
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

  async function expectAlive(family: StartedFamily): Promise<void> {
    expect(await node.stores.sessions.find(family.sessionId)).toBeDefined();
    expect(await node.auditOf(family.sessionId)).toEqual([]);
  }

  it('[G11] refuses a token that was idle for 30 days, without an alarm', async () => {
    const family = await start();
    clock.advance(30 * DAY_SECONDS - 0.001);
    const successor = await next(family.refreshToken);
    clock.advance(30 * DAY_SECONDS);
    expect(await refusal(successor)).toEqual({ reason: 'refresh_token_expired', alarm: false });
    await expectAlive(family);
  });

  it('[G11] ends after 90 days, however often it is used', async () => {
    const family = await start();
    const endsAt = clock.now() + 90 * DAY_SECONDS * 1000;
    let { refreshToken } = family;
    for (let at = 0; at < 4; at++) {
      clock.advance(22 * DAY_SECONDS);
      const redeemed = await node.redeem(refreshToken, { appId });
      ({ refreshToken } = redeemed);
      const kept = await node.stores.refreshFamilies.findLocked(redeemed.family.sessionId);
      expect(kept?.idleExpiresAt.getTime()).toBeLessThanOrEqual(endsAt);
    }
    clock.set(endsAt - 1);
    refreshToken = await next(refreshToken);
    clock.set(endsAt);
    expect(await refusal(refreshToken)).toEqual({ reason: 'refresh_token_expired', alarm: false });
  });

  it('[G12] has no grace that outlives what the predecessor itself had left', async () => {
    const family = await start();
    clock.advance(30 * DAY_SECONDS - 10);
    const successor = await next(family.refreshToken);
    clock.advance(9);
    expect(await next(family.refreshToken)).toBe(successor);
    clock.advance(1);
    expect(await refusal(family.refreshToken)).toEqual(REUSED);
  });

  it('[G12] has no grace after the session ended', async () => {
    const family = await start();
    const successor = await next(family.refreshToken);
    await node.stores.sessions.remove(family.sessionId);
    for (const token of [family.refreshToken, successor])
      expect(await refusal(token)).toEqual({ reason: 'refresh_family_unknown', alarm: false });
  });

  it('[G12] has no grace after everything of its user, its app or anybody was revoked', async () => {
    for (const [kind, id] of [
      ['revoked-user', 'user-1'],
      ['revoked-app', appId],
      ['revoked-all', '*'],
    ] as const) {
      const family = await start();
      const successor = await next(family.refreshToken);
      const before = new Date(clock.now() + 1);
      await node.changes.record([{ kind, id, before, expiresAt: new Date(clock.now() + 7_200_000) }]);
      for (const token of [family.refreshToken, successor])
        expect(await refusal(token)).toEqual({ reason: 'refresh_family_revoked', alarm: false });
      clock.advance(60);
      await next((await start()).refreshToken);
    }
  });
});
