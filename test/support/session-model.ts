import { randomBytes, randomUUID } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import fc from 'fast-check';
import { RevocationRetention, Revocations } from '../../libs/nest/src/authorities/revocations/index.js';
import { ActingContext, StoredAuditTrail } from '../../libs/nest/src/state/index.js';
import type { UserAccount } from '../../libs/nest/src/authorities/users/index.js';
import { authorityNode, type AuthorityNode, type AuthorityNodeParts } from './authority-node.js';
import type { OpenedDatabase } from './databases.js';
import { noteSecret } from './log-book.js';
import { anApp, NOON } from './registry-records.js';

/** One for all that share a database, and the signing keys in it. */
const keyRing = new KeyRing([randomBytes(32)]);
/** With the 15 s for which a node may have yet to write a last use down. */
const IDLE_MS = 1_815_000;
const ABSOLUTE_MS = 43_200_000;
/** Of an access token whose life is shortened by chance: alive before the one, over from the other on. */
const SURELY_ALIVE_MS = 284_000;
const SURELY_OVER_MS = 306_000;
const MOST_COMMANDS = 24;

/** A session as its specification has it. */
interface ModelSession {
  readonly kind: 'opaque' | 'tokens';
  readonly startedAtMs: number;
  usedAtMs: number;
  isEnded: boolean;
}

interface Model {
  nowMs: number;
  readonly sessions: ModelSession[];
}

interface Real {
  readonly parts: AuthorityNodeParts;
  readonly node: AuthorityNode;
  readonly revocations: Revocations;
  readonly clock: FixedClock;
  readonly user: UserAccount;
  readonly appId: string;
  /** By the place in the model's list: what its app was given. */
  readonly given: { readonly id: string; readonly credential: string }[];
}

type Command = fc.AsyncCommand<Model, Real>;

/** Undefined where chance decides. */
function isAlive({ kind, startedAtMs, usedAtMs, isEnded }: ModelSession, nowMs: number): boolean | undefined {
  if (isEnded) return false;
  const ageMs = nowMs - startedAtMs;
  if (kind === 'opaque') return ageMs < ABSOLUTE_MS && nowMs - usedAtMs < IDLE_MS;
  if (ageMs < SURELY_ALIVE_MS) return true;
  return ageMs >= SURELY_OVER_MS ? false : undefined;
}

async function isAdmitted(
  node: AuthorityNode,
  kind: ModelSession['kind'],
  credential: string,
): Promise<boolean> {
  const found = await (kind === 'opaque'
    ? node.directory.find(credential)
    : node.tokens?.verifier.verify(credential));
  return found !== undefined;
}

/** Any of the sessions that there are. */
const some = (name: string, run: (at: number, model: Model, real: Real) => Promise<void>) =>
  fc.nat({ max: 11 }).map<Command>((any) => ({
    check: ({ sessions }) => sessions.length > 0,
    run: (model, real) => run(any % model.sessions.length, model, real),
    toString: () => `${name} ${any}`,
  }));

const start = fc.constantFrom<ModelSession['kind']>('opaque', 'opaque', 'tokens').map<Command>((kind) => ({
  check: ({ sessions }) => sessions.length < 5,
  async run(model, { node, user, appId, given }) {
    const app = { id: appId, name: 'App', scopes: ['accounts:read'], registered: true };
    const started = await node.sessions.start({ user, app, kind });
    const credential = noteSecret(started.kind === 'opaque' ? started.key : started.accessToken);
    expect(given.map((one) => one.id)).not.toContain(started.session.id);
    given.push({ id: started.session.id, credential });
    model.sessions.push({ kind, startedAtMs: model.nowMs, usedAtMs: model.nowMs, isEnded: false });
  },
  toString: () => `start ${kind}`,
}));

const use = some('use', async (at, model, { node, given }) => {
  const session = model.sessions[at]!;
  const { id, credential } = given[at]!;
  const expected = isAlive(session, model.nowMs);
  const admitted = await isAdmitted(node, session.kind, credential);
  if (expected !== undefined) expect(admitted).toBe(expected);
  if (!admitted) return;
  node.directory.noteUse(id);
  session.usedAtMs = model.nowMs;
});

/** On a node that has never seen it, after what this one has seen was written down. */
const elsewhere = some('look elsewhere', async (at, model, { node, parts, given }) => {
  await node.directory.onApplicationShutdown();
  const session = model.sessions[at]!;
  const expected = isAlive(session, model.nowMs);
  // What is told by revocation alone takes until it is heard.
  if (expected === undefined || (session.kind === 'tokens' && session.isEnded)) return;
  expect(await isAdmitted(authorityNode(parts), session.kind, given[at]!.credential)).toBe(expected);
});

const end = some('end', async (at, model, { node, user, given }) => {
  const session = model.sessions[at]!;
  const ended = node.sessions.end(given[at]!.id, { userId: user.id });
  if (session.isEnded) await expect(ended).rejects.toMatchObject({ code: 'not_found' });
  else await ended;
  session.isEnded = true;
});

const revoke = some('revoke', async (at, model, { revocations, given }) => {
  await revocations.revoke({ familyId: given[at]!.id });
  model.sessions[at]!.isEnded = true;
});

const endMany = fc
  .constantFrom('end all', 'revoke user', 'user before', 'user before', 'app before', 'app before')
  .map<Command>((how) => ({
    check: ({ sessions }) => sessions.length > 0,
    async run(model, { node, revocations, user, appId, clock }) {
      const before = new Date(clock.now());
      if (how === 'end all') await node.sessions.endAllOf(user.id);
      else if (how === 'revoke user') await revocations.revoke({ userId: user.id });
      else await revocations.revoke(how === 'user before' ? { userId: user.id } : { appId }, before);
      for (const session of model.sessions)
        if (!how.endsWith('before') || session.startedAtMs < before.getTime()) session.isEnded = true;
    },
    toString: () => how,
  }));

/** No sum of a few is one of the limits. */
const wait = fc
  .constantFrom(1, 1, 1, 61, 281, 901.003, 1814.999, 1815.001, 1815.001, 21_601, 43_199.998)
  .map<Command>((seconds) => ({
    check: () => true,
    async run(model, { clock }) {
      clock.advance(seconds);
      model.nowMs = clock.now();
    },
    toString: () => `wait ${seconds} s`,
  }));

const list: fc.Arbitrary<Command> = fc.constant({
  check: () => true,
  async run({ sessions, nowMs }, { node, user, given }) {
    await node.directory.onApplicationShutdown();
    const listed = new Set((await node.sessions.list(user.id)).map(({ id }) => id));
    for (const [at, session] of sessions.entries())
      // One with tokens lives on in its refresh token.
      if (session.kind === 'opaque' || session.isEnded)
        expect([at, listed.has(given[at]!.id)]).toEqual([at, isAlive(session, nowMs)]);
  },
  toString: () => 'list',
});

/** Does whatever comes to fast-check's mind with sessions in the database, and compares each with the model. */
export async function checkSessionModel(database: OpenedDatabase, numRuns: number): Promise<void> {
  const clock = new FixedClock(NOON);
  const parts = { database, keyRing, clock: clock as never, tokens: {} };
  const node = authorityNode(parts);
  const { stores } = node;
  const app = anApp({ sessionKind: 'tokens' });
  await stores.apps.insert(app);
  const password = noteSecret(randomBytes(12).toString('hex'));
  const username = `user-${randomUUID()}`;
  await node.users.register({ username, password, scopes: ['accounts:read'] });
  const user = (await node.accounts.authenticate(username, password)) as UserAccount;
  const audit = new StoredAuditTrail(stores.audit, new ActingContext(), clock);
  const revocations = new Revocations(
    stores.sessions,
    node.accounts,
    node.changes,
    stores.changes,
    stores.transactions,
    audit,
    new RevocationRetention([]),
    clock,
  );
  const each = [
    start,
    start,
    use,
    use,
    use,
    elsewhere,
    end,
    revoke,
    endMany,
    endMany,
    wait,
    wait,
    wait,
    list,
  ];
  const commands = fc.commands(each, { maxCommands: MOST_COMMANDS, size: 'max' });
  await fc.assert(
    fc.asyncProperty(commands, async (some) => {
      await node.sessions.endAllOf(user.id);
      clock.advance(1);
      await fc.asyncModelRun(
        () => ({
          model: { nowMs: clock.now(), sessions: [] },
          real: { parts, node, revocations, clock, user, appId: app.id, given: [] },
        }),
        some,
      );
    }),
    { numRuns },
  );
  revocations.onApplicationShutdown();
}
