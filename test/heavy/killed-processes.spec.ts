import type { Prepared } from '../support/bank-client.js';
import {
  BrowserApp,
  eventually,
  FINE,
  heldBy,
  INVALID_GRANT,
  KilledProcesses,
  REFUSED,
  told,
  WAYS,
  type HeldSession,
  type RecordedEvent,
  type Way,
} from '../support/killed-processes.js';
import { describeWithOwnPostgres } from '../support/own-postgres-server.js';
import { describeWithOwnRedis } from '../support/own-redis-server.js';
import type { PortAnswer } from '../support/send-to-port.js';
import { keyIdOf, TokenClient } from '../support/token-client.js';

const KILLS = 30;
/** Of each kind of code. */
const KILLS_WITH_CODES = 15;
const CODES = 8;
/** Of new keys. One that signs at once takes over from the one before. */
const LEADS_SECONDS = [0, 3_600, 0, 3_600];
const OTHERS_KEPT = 4;

const describeWithBoth = describeWithOwnPostgres === describe ? describeWithOwnRedis : describe.skip;

const JWKS: Prepared = { url: 'http://127.0.0.1/oauth/jwks', init: { method: 'GET', headers: {} } };

const subjectOf = ({ subject }: RecordedEvent): string => subject.id;
/** Of a request that drops a key. */
const kidOf = ({ url, init: { method } }: Prepared): string | undefined =>
  method === 'DELETE' ? url.split('/').at(-1) : undefined;

interface ShownKey {
  readonly kid: string;
  readonly state: string;
  readonly signsFrom: string;
}

interface Attempt {
  readonly way: Way;
  readonly request: Prepared;
  readonly sessions: readonly HeldSession[];
  readonly subject: string;
}

describeWithBoth('[N08] A process that is killed', () => {
  let processes: KilledProcesses;

  beforeAll(async () => {
    processes = await KilledProcesses.start();
  }, 90_000);
  afterAll(async () => {
    expect(await processes.stop()).toEqual([0, 0, 0]);
  }, 30_000);
  beforeEach(() => {
    processes.kills = 0;
  });

  describe('while it revokes', () => {
    const attempt = async (way: Way): Promise<Attempt> => {
      const { cluster, survivors } = processes;
      const phone = await TokenClient.register(cluster.admin);
      const sessions: HeldSession[] = [];
      for (const node of survivors.slice(0, way.ends === 'two sessions' ? 2 : 1)) {
        phone.take(await cluster.send(node, phone.prepareSignIn()));
        sessions.push(heldBy(phone));
      }
      return { way, request: way.prepare(phone, processes), sessions, subject: phone.ids[way.subject] };
    };

    const whenRevoked = ({ way, sessions }: Attempt): string[][] =>
      sessions.map(() => [REFUSED, way.ends === 'access token' ? FINE : INVALID_GRANT]);

    const expectRevoked = async (attempts: readonly Attempt[], nodes: readonly number[]): Promise<void> => {
      for (const each of attempts)
        for (const node of nodes)
          await eventually(() => processes.toldAt(node, each.sessions), whenRevoked(each));
    };

    const events = async ({ way: { action }, subject }: Attempt): Promise<number> =>
      (await processes.eventsOf({ action, subject })).length;

    /** Whether it was done: wholly or not at all, on every node. Asked for again, it is done in any case. */
    const settle = async (lost: Attempt): Promise<boolean> => {
      const { cluster, victim } = processes;
      const recorded = await events(lost);
      expect([0, 1]).toContain(recorded);
      if (recorded === 1) await expectRevoked([lost], cluster.nodes);
      else
        for (const node of cluster.nodes)
          expect(await processes.toldAt(node, lost.sessions)).toEqual(lost.sessions.map(() => [FINE, FINE]));
      const answer = await cluster.send(victim, lost.request);
      if (recorded === 1) expect(told(answer)).toBe(lost.way.again);
      else expect([answer.status < 300, await events(lost)]).toEqual([true, 1]);
      await expectRevoked([lost], cluster.nodes);
      return recorded === 1;
    };

    it('has revoked all of it or nothing, and what it has answered stays revoked', async () => {
      const attempts: Attempt[] = [];
      let [answered, done, undone] = [0, 0, 0];
      while (processes.kills < KILLS) {
        const { victim, survivors } = processes;
        const current: Attempt[] = [];
        for (const way of WAYS) current.push(await attempt(way));
        const answers = await processes.killWhileItAnswers(current.map(({ request }) => request));
        for (const answer of answers) if (answer) expect(answer.status).toBeLessThan(300);
        const over = current.filter((_, at) => answers[at] !== undefined);
        await expectRevoked(over, survivors);
        await processes.restart();
        // At once: it has read what is revoked before it listens.
        for (const each of over)
          expect(await processes.toldAt(victim, each.sessions)).toEqual(whenRevoked(each));
        for (const each of over) expect(await events(each)).toBe(1);
        for (const each of current.filter((one) => !over.includes(one)))
          if (await settle(each)) done++;
          else undone++;
        answered += over.length;
        attempts.push(...current);
      }
      await expectRevoked(attempts, processes.cluster.nodes);
      const lost = `${done} done and ${undone} not done of those that were lost`;
      process.stdout.write(`[N08] ${processes.kills} kills, ${answered} revocations answered, ${lost}\n`);
      for (const count of [answered, done, undone]) expect(count).toBeGreaterThan(0);
    }, 400_000);
  });

  describe('while it changes the signing keys', () => {
    let phone: TokenClient;
    /** A request with a token that each key signed. */
    let signedBy: Map<string, Prepared>;

    const ring = async (): Promise<readonly ShownKey[]> =>
      (await processes.cluster.admin.call('GET', '/signing-keys')).body as unknown as ShownKey[];

    const kidsAt = async (node: number): Promise<string[]> => {
      const { body } = await processes.cluster.send(node, JWKS);
      return (body['keys'] as { kid: string }[]).map(({ kid }) => kid).toSorted();
    };

    const useAt = async (node: number): Promise<Record<string, string>> => {
      const use = async ([kid, request]: [string, Prepared]): Promise<[string, string]> => [
        kid,
        told(await processes.cluster.send(node, request)),
      ];
      return Object.fromEntries(await Promise.all([...signedBy].map(use)));
    };

    /** A token of the key that signs at this node. */
    const sign = async (node: number): Promise<string> => {
      phone.take(await processes.cluster.send(node, phone.prepareRefresh()));
      const kid = keyIdOf(phone.accessToken);
      signedBy.set(kid, phone.prepareGet('/mine'));
      return kid;
    };

    /** Every change has one event, and every event its change. Resolves with the keys that were ever published. */
    const expectRecorded = async (keys: readonly ShownKey[]): Promise<Set<string>> => {
      const dropped = (await processes.eventsOf({ action: 'signing-key.dropped' })).map(subjectOf);
      const published = await processes.eventsOf({ action: 'signing-key.published' });
      expect(dropped.length).toBe(new Set(dropped).size);
      const kids = new Set(published.map(subjectOf));
      const left = [...kids].filter((kid) => !dropped.includes(kid));
      expect(left.toSorted()).toEqual(keys.map(({ kid }) => kid).toSorted());
      // One that was to wait may sign earlier: that is published once more.
      for (const { kid, signsFrom } of keys)
        expect(published.find((event) => subjectOf(event) === kid)?.details.signsFrom).toBe(signsFrom);
      return kids;
    };

    const expectConsistent = async (): Promise<Set<string>> => {
      const { nodes } = processes.cluster;
      const keys = await ring();
      const kids = keys.map(({ kid }) => kid);
      const [signing, ...others] = keys.filter(({ state }) => state === 'signing');
      expect(others).toEqual([]);
      for (const node of nodes) {
        // What does not open is not among them.
        await eventually(() => kidsAt(node), kids.toSorted());
        await eventually(() => sign(node), signing?.kid);
      }
      const expected = [...signedBy.keys()].map((kid) => [kid, kids.includes(kid) ? FINE : REFUSED]);
      for (const node of nodes) await eventually(() => useAt(node), Object.fromEntries(expected));
      return expectRecorded(keys);
    };

    /** Keys that sign at once, keys that wait, and the end of the one that signs and of those that are too many. */
    const changes = async (): Promise<Prepared[]> => {
      const keys = await ring();
      const signing = keys.filter(({ state }) => state === 'signing');
      const others = keys.filter(({ state }) => state !== 'signing');
      return [
        ...LEADS_SECONDS.map((signInSeconds) =>
          processes.prepareAdmin('POST', '/signing-keys', { signInSeconds }),
        ),
        ...[...signing, ...others.slice(OTHERS_KEPT)].map(({ kid }) =>
          processes.prepareAdmin('DELETE', `/signing-keys/${kid}`),
        ),
      ];
    };

    /** What was answered is so on every node. Resolves with the keys that the answers name. */
    const expectAnswered = async (answers: readonly PortAnswer[]): Promise<string[]> => {
      const { survivors, victim } = processes;
      const dropped = answers.flatMap(({ body }) => (body['dropped'] as string | undefined) ?? []);
      const refused = dropped.map(() => REFUSED);
      const useOfDropped = async (node: number): Promise<(string | undefined)[]> => {
        const use = await useAt(node);
        return dropped.map((kid) => use[kid] ?? REFUSED);
      };
      for (const node of survivors) await eventually(() => useOfDropped(node), refused);
      await processes.restart();
      expect(await useOfDropped(victim)).toEqual(refused);
      const named = answers.flatMap(({ body }) => [body, (body['successor'] ?? {}) as Partial<ShownKey>]);
      return named.flatMap(({ kid }) => (kid as string | undefined) ?? []);
    };

    /** Whether it was done. Asked for again, it is done in any case. */
    const settle = async (lost: Prepared): Promise<boolean> => {
      const kid = kidOf(lost);
      const isThere = (await ring()).some((key) => key.kid === kid);
      const { status } = await processes.cluster.send(processes.victim, lost);
      if (kid === undefined) expect(status).toBe(201);
      else expect(status).toBe(isThere ? 200 : 404);
      return kid !== undefined && !isThere;
    };

    it('leaves one key that signs, and every change with its event, or neither of them', async () => {
      phone = await TokenClient.register(processes.cluster.admin);
      phone.take(await processes.cluster.send(0, phone.prepareSignIn()));
      signedBy = new Map();
      let known = await expectConsistent();
      let [answered, published, dropped, undone] = [0, 0, 0, 0];
      while (processes.kills < KILLS) {
        const requests = await changes();
        const answers = await processes.killWhileItAnswers(requests);
        const given = answers.filter((answer) => answer !== undefined);
        for (const { status } of given) expect([200, 201]).toContain(status);
        const named = await expectAnswered(given);
        const kids = await expectConsistent();
        expect([...kids]).toEqual(expect.arrayContaining(named));
        const unnamed = [...kids].filter((kid) => !known.has(kid) && !named.includes(kid)).length;
        const unanswered = requests.filter((_, at) => answers[at] === undefined);
        expect(unnamed).toBeLessThanOrEqual(unanswered.length);
        for (const each of unanswered)
          if (kidOf(each) === undefined) await settle(each);
          else if (await settle(each)) dropped++;
          else undone++;
        known = await expectConsistent();
        answered += given.length;
        published += unnamed;
      }
      const lost = `${published} keys published, ${dropped} dropped and ${undone} not dropped by those that were lost`;
      process.stdout.write(`[N08] ${processes.kills} kills, ${answered} changes of keys answered, ${lost}\n`);
      for (const count of [answered, published + dropped, undone]) expect(count).toBeGreaterThan(0);
    }, 400_000);
  });
});

describeWithBoth.each(['stored', 'stateless'] as const)(
  '[N08] A process that is killed while it redeems codes (%s)',
  (kind) => {
    let processes: KilledProcesses;
    let app: BrowserApp;

    beforeAll(async () => {
      processes = await KilledProcesses.start(kind);
      app = await BrowserApp.register(processes.cluster.admin);
    }, 90_000);
    afterAll(async () => {
      expect(await processes.stop()).toEqual([0, 0, 0]);
    }, 30_000);

    const newCodes = async (): Promise<Prepared[]> => {
      const codes: Prepared[] = [];
      for (let made = 0; made < CODES; made++)
        codes.push(await app.prepareRedemption(processes.cluster.admin.url));
      return codes;
    };

    /** As the app does that was not answered: at once, at another node. The tokens, or nothing where the code is over. */
    const redeemAgain = async (code: Prepared): Promise<HeldSession | undefined> => {
      const answer = await processes.cluster.send(processes.survivors[0] as number, code);
      expect([FINE, INVALID_GRANT]).toContain(told(answer));
      return answer.status === 200 ? app.held(answer) : undefined;
    };

    /** The sessions that tokens were given of, and no other. */
    const expectSessions = async (held: readonly HeldSession[]): Promise<void> => {
      const { body } = await processes.cluster.admin.call('GET', `/sessions?userId=${app.userId}`);
      const ids = (body as unknown as { id: string }[]).map(({ id }) => id);
      expect(ids.toSorted()).toEqual(held.map(({ id }) => id).toSorted());
    };

    const expectEverywhere = async (held: readonly HeldSession[], expected: string[]): Promise<void> => {
      for (const node of processes.cluster.nodes)
        await eventually(
          () => processes.toldAt(node, held),
          held.map(() => expected),
        );
    };

    const sessionsOf = async (action: string): Promise<string[]> =>
      (await processes.eventsOf({ action })).map(subjectOf).toSorted();

    it('has given tokens for a code once, or never: what it gave and nobody got is ended', async () => {
      const everHeld: string[] = [];
      let [answered, redeemed, ended, refused] = [0, 0, 0, 0];
      while (processes.kills < KILLS_WITH_CODES) {
        const codes = await newCodes();
        const answers = await processes.killWhileItAnswers(codes);
        const given = answers.filter((answer) => answer !== undefined);
        expect(given.map(told)).toEqual(given.map(() => FINE));
        const held = given.map((answer) => app.held(answer));
        const retried = codes.filter((_, at) => answers[at] === undefined);
        const again = await Promise.all(retried.map(redeemAgain));
        const gotLate = again.filter((session) => session !== undefined);
        held.push(...gotLate);
        await processes.restart();
        await expectEverywhere(held, [FINE, FINE]);
        await expectSessions(held);
        const reused = await sessionsOf('code.reused');
        const newlyEnded = reused.length - everHeld.length - ended;
        everHeld.push(...held.map(({ id }) => id));
        answered += given.length;
        redeemed += gotLate.length;
        ended += newlyEnded;
        refused += retried.length - gotLate.length;
        // One more time, with everything right: somebody has a copy.
        for (const code of codes)
          expect(told(await processes.cluster.send(processes.victim, code))).toBe(INVALID_GRANT);
        await expectEverywhere(held, [REFUSED, INVALID_GRANT]);
        await expectSessions([]);
      }
      // Whatever was begun is over, and whoever has got it, or has not: each code's session was ended once.
      const reused = await sessionsOf('code.reused');
      expect(reused).toEqual(await sessionsOf('session.started'));
      expect(reused).toEqual(expect.arrayContaining(everHeld));
      expect(reused.length).toBe(everHeld.length + ended);
      // A code that is stateless may be consumed where its session was not kept.
      if (kind === 'stored') expect(refused).toBe(ended);
      else expect(refused).toBeGreaterThanOrEqual(ended);
      const lost = `${redeemed} redeemed again and ${refused} refused of those that were lost, ${ended} sessions ended by it`;
      process.stdout.write(
        `[N08] ${kind}: ${processes.kills} kills, ${answered} redemptions answered, ${lost}\n`,
      );
      for (const count of [answered, redeemed, refused]) expect(count).toBeGreaterThan(0);
    }, 400_000);
  },
);
