import { setTimeout as delay } from 'node:timers/promises';
import { PORTCULLIS_MIGRATIONS } from '@portcullis/nest/typeorm';
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { JWKS_MAX_AGE_SECONDS } from '../../libs/nest/src/authorities/tokens/index.js';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import { FixedClock } from '../../libs/nest/src/testing/index.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { json, JwksServer } from '../support/jwks-server.js';
import { claimsOf, kidOf, signingNode, TOKEN_ISSUER, type SigningNode } from '../support/signing-node.js';

const STEP_SECONDS = 20;
/** It takes milliseconds, where nothing else keeps the machine busy. */
const PATIENCE_MS = 20_000;

/** A server elsewhere that keeps the key set for as long as it may, and looks for no key in between. */
class CachingServer {
  private keys: JWTVerifyGetKey | undefined;
  private readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly node: SigningNode,
    private readonly clock: FixedClock,
  ) {}

  async verify(token: string): Promise<string> {
    if (this.clock.now() - this.readAt > JWKS_MAX_AGE_SECONDS * 1000) {
      this.readAt = this.clock.now();
      const keys = await this.node.directory.published();
      this.keys = createLocalJWKSet({ keys: keys.map((key) => ({ ...key })) });
    }
    const verified = await jwtVerify(token, this.keys as JWTVerifyGetKey, {
      typ: 'at+jwt',
      issuer: TOKEN_ISSUER,
      audience: TOKEN_ISSUER,
      currentDate: new Date(this.clock.now()),
    });
    return verified.payload.jti as string;
  }
}

describeOnEachDatabase('Signing keys, as seen from two nodes and a server that caches them', (open) => {
  let database: OpenedDatabase;
  let clock: FixedClock;
  let nodes: readonly [SigningNode, SigningNode];
  beforeAll(async () => {
    database = await open({ migrations: PORTCULLIS_MIGRATIONS });
  });
  beforeEach(async () => {
    clock = new FixedClock('2026-03-01T12:00:00Z');
    await database.dataSource.query('DELETE FROM portcullis_signing_keys');
    const announcements = new LocalAnnouncements();
    const parts = { clock, announcements };
    nodes = [
      signingNode({ ...parts, dataSource: database.dataSource }),
      signingNode({ ...parts, dataSource: await database.another() }),
    ];
    for (const { changes } of nodes) await changes.onApplicationBootstrap();
  });
  afterEach(() => {
    for (const { changes } of nodes) changes.onApplicationShutdown();
  });
  afterAll(() => database.close());

  const lives = (token: string) => (claimsOf(token)['exp'] as number) * 1000 > clock.now();

  it('[N10] refuse no valid request while they are published, sign, retire and are removed', async () => {
    // Each reads at another moment of the schedule.
    const servers = nodes.map((node) => new CachingServer(node, clock));
    const kids = new Set<string>();
    let held: string[] = [];
    let verified = 0;
    const everybodyAccepts = async (token: string) => {
      const jti = claimsOf(token)['jti'];
      for (const { verifier } of nodes) expect(await verifier.verify(token)).toMatchObject({ id: jti });
      for (const server of servers) expect(await server.verify(token)).toBe(jti);
      verified++;
    };
    for (let step = 0; step < 160; step++) {
      if (step % 50 === 10) await nodes[step % 2]?.keys.publish();
      if (step % 7 === 0) await nodes[1].keys.removeRetired(new Date(clock.now()));
      for (const node of nodes) held.push((await node.issue()).accessToken);
      held = held.filter(lives);
      // Those that were just issued, and those that are about to end.
      for (const token of [...held.slice(-2), ...held.slice(0, 2)]) await everybodyAccepts(token);
      for (const token of held.slice(-2)) kids.add(kidOf(token));
      clock.advance(STEP_SECONDS);
    }
    expect([kids.size, verified]).toEqual([4, 640]);
    await nodes[0].keys.removeRetired(new Date(clock.now()));
    expect(await nodes[0].keys.list()).toHaveLength(1);
    expect(await nodes[0].directory.published()).toHaveLength(1);
  });

  it('[N11] are dropped at once: what the key signed holds nowhere any more, what others signed goes on', async () => {
    const [one, two] = nodes;
    const old = (await one.issue()).accessToken;
    await one.keys.publish({ leadSeconds: 0 });
    clock.advance(1);
    const stolen = (await two.issue()).accessToken;
    expect(kidOf(stolen)).not.toBe(kidOf(old));
    for (const { verifier } of nodes)
      for (const token of [old, stolen])
        expect(await verifier.verify(token)).toMatchObject({ userId: 'user-1' });
    const forged = await one.forge();
    expect(await two.verifier.verify(forged)).toMatchObject({ userId: 'user-1' });

    await one.keys.drop(kidOf(stolen));
    expect(await one.verifier.verify(stolen)).toBeUndefined();
    await two.changes.catchUp();
    for (const { verifier } of nodes) {
      for (const token of [stolen, forged]) expect(await verifier.verify(token)).toBeUndefined();
      expect(await verifier.verify(old)).toMatchObject({ userId: 'user-1' });
    }
    clock.advance(1);
    const fresh = (await two.issue()).accessToken;
    expect([kidOf(old), kidOf(stolen)]).not.toContain(kidOf(fresh));
    for (const { verifier } of nodes)
      expect(await verifier.verify(fresh)).toMatchObject({ userId: 'user-1' });
  });

  it('[N11] are dropped within a minute on a node that has heard nothing', async () => {
    const [one, deaf] = [nodes[0], signingNode({ dataSource: database.dataSource, clock })];
    const stolen = (await one.issue()).accessToken;
    expect(await deaf.verifier.verify(stolen)).toMatchObject({ userId: 'user-1' });
    await one.keys.drop(kidOf(stolen));
    clock.advance(61);
    // What it has is old: it reads again, behind whoever asks.
    const deadline = performance.now() + PATIENCE_MS;
    while ((await deaf.verifier.verify(stolen)) && performance.now() < deadline) await delay(10);
    expect(await deaf.verifier.verify(stolen)).toBeUndefined();
  });

  it('[N11] are found by a server elsewhere that looks for a key it does not know', async () => {
    const [one] = nodes;
    const published = new JwksServer((response) => {
      void one.directory.published().then((keys) => json({ keys })(response));
    });
    await published.up();
    const keys = createRemoteJWKSet(new URL(published.url), { cooldownDuration: 0 });
    const currentDate = new Date(clock.now());
    const verify = async (token: string) =>
      (await jwtVerify(token, keys, { typ: 'at+jwt', currentDate })).payload;
    const stolen = (await one.issue()).accessToken;
    expect(await verify(stolen)).toMatchObject({ sub: 'user-1' });
    await one.keys.drop(kidOf(stolen));
    expect(await verify((await one.issue()).accessToken)).toMatchObject({ sub: 'user-1' });
    await expect(verify(stolen)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
    await published.down();
  });
});
