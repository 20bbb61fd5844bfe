import { setTimeout as delay } from 'node:timers/promises';
import { CuttingLine } from '../support/cutting-line.js';
import { describeWithOwnPostgres, OwnPostgresServer } from '../support/own-postgres-server.js';
import type { PortAnswer } from '../support/send-to-port.js';
import { TokenClient } from '../support/token-client.js';
import { TokenCluster } from '../support/token-cluster.js';
import { buildTokenHost, type TokenHostProcess } from '../support/token-host-process.js';

const ROUNDS = 200;
const CALLERS = 20;
const KILLS = 10;
/** Long before the grace is over. */
const PATIENCE_MS = 15_000;

describeWithOwnPostgres(
  '[G04] One refresh token that is redeemed by many at once over three processes',
  () => {
    let postgres: OwnPostgresServer;
    let line: CuttingLine;
    let cluster: TokenCluster;
    let client: TokenClient;

    beforeAll(async () => {
      buildTokenHost();
      postgres = await OwnPostgresServer.start();
      line = await CuttingLine.to(postgres.url);
      cluster = await TokenCluster.start({ databaseUrl: line.url });
    }, 90_000);
    afterAll(async () => {
      const codes = await cluster.stop();
      await line.stop();
      await postgres.end();
      expect(codes).toEqual([0, 0, 0]);
    }, 30_000);
    beforeEach(async () => {
      client = await TokenClient.register(cluster.admin);
      client.take(await cluster.send(0, client.prepareSignIn()));
    });

    const generation = async (): Promise<number> => {
      const [family] = await postgres.query<{ generation: number }>(
        'SELECT generation FROM portcullis_refresh_families WHERE session_id = $1',
        [client.sessionId],
      );
      return family?.generation ?? Number.NaN;
    };

    /** As an app does: it asks again, at another node, as long as it is told that nobody knows. */
    const refresh = async (first: number, told: string[] = []): Promise<PortAnswer> => {
      const prepared = client.prepareRefresh();
      const giveUpAt = performance.now() + PATIENCE_MS;
      for (let node = first; ; node = (node + 1) % cluster.nodes.length) {
        const answer = await cluster.send(node, prepared).catch(() => undefined);
        if (answer && answer.status !== 503) return answer;
        told.push(
          answer ? `503 ${answer.headers['retry-after'] === undefined ? 'for ever' : 'for now'}` : 'cut',
        );
        if (performance.now() > giveUpAt) throw new Error('nobody answers');
        await delay(50);
      }
    };

    const refreshTogether = async (told?: string[]): Promise<PortAnswer[]> =>
      Promise.all(
        Array.from({ length: CALLERS }, (_, caller) => refresh(caller % cluster.nodes.length, told)),
      );

    /** Everybody has the one successor, and it is the one that the next round begins with. */
    const takeSuccessor = (answers: readonly PortAnswer[]): void => {
      expect(answers.map(({ status, body }) => `${status} ${String(body['error'])}`)).toEqual(
        answers.map(() => '200 undefined'),
      );
      expect(new Set(answers.map(({ body }) => body['refresh_token'])).size).toBe(1);
      client.take(answers[0] as PortAnswer);
    };

    const expectSignedIn = async (): Promise<void> => {
      for (const node of cluster.nodes)
        expect((await cluster.send(node, client.prepareGet('/mine'))).status).toBe(200);
    };

    it('is rotated once, and everybody gets the same successor', async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        const before = await generation();
        takeSuccessor(await refreshTogether());
        expect(await generation()).toBe(before + 1);
      }
      await expectSignedIn();
    }, 300_000);

    it('[N07] is rotated once, and everybody gets the same successor, when the line is cut after the commit', async () => {
      let unknown = 0;
      for (let round = 1; round <= ROUNDS; round++) {
        const before = await generation();
        const told: string[] = [];
        // As the row that is answered has it.
        line.arm(client.userId);
        takeSuccessor(await refreshTogether(told));
        expect(line.isArmed).toBe(false);
        expect(await generation()).toBe(before + 1);
        expect(told.filter((answer) => answer !== '503 for now')).toEqual([]);
        unknown += told.length;
      }
      process.stdout.write(`[N07] ${line.cuts} lines cut, ${unknown} callers told to come again\n`);
      expect(unknown).toBeGreaterThan(ROUNDS / 2);
      await expectSignedIn();
    }, 300_000);

    it('[G13] is rotated once, and nobody is logged out, when a process is killed in the middle', async () => {
      let cut = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const victim = cluster.hosts[kill % cluster.hosts.length] as TokenHostProcess;
        const before = await generation();
        const told: string[] = [];
        const answers = refreshTogether(told);
        await delay(Math.random() * 12);
        await victim.kill();
        takeSuccessor(await answers);
        expect(await generation()).toBe(before + 1);
        cut += told.filter((answer) => answer === 'cut').length;
        await victim.run();
      }
      process.stdout.write(`[G13] ${KILLS} processes killed, ${cut} answers lost\n`);
      expect(cut).toBeGreaterThan(0);
      await expectSignedIn();
    }, 180_000);
  },
);
