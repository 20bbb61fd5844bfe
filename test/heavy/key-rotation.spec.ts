import { setTimeout as delay } from 'node:timers/promises';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { newBankHome, type BankHome } from '../support/bank.js';
import { keyIdOf, TokenClient } from '../support/token-client.js';
import { TokenCluster } from '../support/token-cluster.js';
import { buildTokenHost } from '../support/token-host-process.js';
import { TokenLoad } from '../support/token-load.js';

const ROTATIONS = 4;
const PHONES = 12;
const ACCESS_TOKEN_TTL_SECONDS = 6;
const REFRESH_EVERY_MS = 1_500;
const LEAD_SECONDS = 2;
/** Somebody else's server keeps the published keys for so long: a new one has to be out before it signs. */
const KEYS_KEPT_MS = 1_000;
const PATIENCE_MS = 20_000;

const reachable = process.env['DATABASE_URL'] !== undefined;
if (!reachable) process.stdout.write('Rotation of signing keys: skipped, DATABASE_URL is not set\n');

interface ShownKey {
  readonly kid: string;
  readonly state: 'waiting' | 'signing' | 'verifying' | 'retired';
}

/** Verifies what is issued as a server of somebody else does, with keys that it has fetched a while ago. */
class OutsideServer {
  readonly failures: string[] = [];
  verified = 0;
  private keys: ReturnType<typeof createLocalJWKSet> | undefined;
  private fetchedAt = -Infinity;

  constructor(private readonly urls: readonly string[]) {}

  async verify(accessToken: string): Promise<void> {
    if (performance.now() - this.fetchedAt > KEYS_KEPT_MS) {
      this.fetchedAt = performance.now();
      const url = this.urls[this.verified % this.urls.length] as string;
      this.keys = createLocalJWKSet((await (await fetch(`${url}/oauth/jwks`)).json()) as JSONWebKeySet);
    }
    try {
      await jwtVerify(accessToken, this.keys as NonNullable<typeof this.keys>, { typ: 'at+jwt' });
      this.verified++;
    } catch (error) {
      this.failures.push((error as Error).message);
    }
  }
}

(reachable ? describe : describe.skip)('Three processes that sign access tokens', () => {
  let home: BankHome;
  let cluster: TokenCluster;
  let phones: TokenClient[];

  beforeAll(async () => {
    buildTokenHost();
    home = await newBankHome();
    cluster = await TokenCluster.start({
      databaseUrl: home.variables['DATABASE_URL'] as string,
      options: { tokens: { accessTokenTtlSeconds: ACCESS_TOKEN_TTL_SECONDS, skewSeconds: 1 } },
    });
  }, 90_000);
  afterAll(async () => {
    const codes = await cluster.stop();
    await home.remove();
    expect(codes).toEqual([0, 0, 0]);
  }, 30_000);
  beforeEach(async () => {
    phones = await Promise.all(
      Array.from({ length: PHONES }, async () => {
        const phone = await TokenClient.register(cluster.admin);
        phone.take(await cluster.send(0, phone.prepareSignIn()));
        return phone;
      }),
    );
  });

  const ring = async (): Promise<readonly ShownKey[]> =>
    (await cluster.admin.call('GET', '/signing-keys')).body as unknown as ShownKey[];
  const signing = async (): Promise<string> =>
    (await ring()).find(({ state }) => state === 'signing')?.kid as string;

  const eventually = async (what: string, holds: () => boolean | Promise<boolean>): Promise<void> => {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (performance.now() > giveUpAt) throw new Error(`never came: ${what}`);
      await delay(100);
    }
  };

  it('[N10] rotate the key and drop the old one under load without one refused request', async () => {
    const outside = new OutsideServer(cluster.hosts.map(({ url }) => url));
    const load = new TokenLoad({
      cluster,
      phones,
      refreshEveryMs: REFRESH_EVERY_MS,
      onIssued: ({ accessToken }) => outside.verify(accessToken),
    });
    load.start();
    const signers = [await signing()];
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      const old = signers.at(-1) as string;
      const { status, body } = await cluster.admin.call('POST', '/signing-keys', {
        signInSeconds: LEAD_SECONDS,
      });
      expect(status).toBe(201);
      const { kid } = body as unknown as ShownKey;
      expect(kid).not.toBe(old);
      await eventually('a token of the new key for everybody', () =>
        phones.every(({ accessToken }) => keyIdOf(accessToken) === kid),
      );
      await eventually('the end of the old key', async () =>
        (await ring()).every((key) => key.kid !== old || key.state === 'retired'),
      );
      // Whoever cleans up may have been first.
      expect([200, 404]).toContain((await cluster.admin.call('DELETE', `/signing-keys/${old}`)).status);
      expect((await ring()).map((key) => key.kid)).toEqual([kid]);
      signers.push(kid);
      await delay(2 * REFRESH_EVERY_MS);
    }
    await load.stop();
    process.stdout.write(
      `[N10] ${ROTATIONS} rotations: ${load.summary}, ${outside.verified} tokens verified outside\n`,
    );
    expect(load.wrongful).toEqual([]);
    expect(outside.failures).toEqual([]);
    expect(outside.verified).toBe(load.refreshes);
    expect(new Set(signers).size).toBe(ROTATIONS + 1);
  }, 180_000);

  it('[N11] refuse everything that a dropped key has signed, and log nobody out', async () => {
    const bound = 1_000;
    const dropped = await signing();
    expect(phones.map(({ accessToken }) => keyIdOf(accessToken))).toEqual(phones.map(() => dropped));
    for (const node of cluster.nodes)
      expect((await cluster.send(node, (phones[0] as TokenClient).prepareGet('/mine'))).status).toBe(200);
    expect((await cluster.admin.call('DELETE', `/signing-keys/${dropped}`)).status).toBe(200);
    const droppedAt = performance.now();
    await eventually('a refusal of every node', async () => {
      const answers = await Promise.all(
        cluster.nodes.map((node) => cluster.send(node, (phones[0] as TokenClient).prepareGet('/mine'))),
      );
      return answers.every(({ status, code }) => status === 401 && code === 'user_token_invalid');
    });
    const refusedAfterMs = performance.now() - droppedAt;
    for (const [at, phone] of phones.entries()) {
      const node = at % cluster.nodes.length;
      expect((await cluster.send(node, phone.prepareGet('/mine'))).code).toBe('user_token_invalid');
      phone.take(await cluster.send(node, phone.prepareRefresh()));
      expect(keyIdOf(phone.accessToken)).not.toBe(dropped);
      for (const other of cluster.nodes)
        expect((await cluster.send(other, phone.prepareGet('/mine'))).status).toBe(200);
    }
    process.stdout.write(`[N11] refused everywhere after ${refusedAfterMs.toFixed(0)} ms\n`);
    expect(refusedAfterMs).toBeLessThan(bound);
  }, 60_000);
});
