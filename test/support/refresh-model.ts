import { randomBytes, randomUUID } from 'node:crypto';
import { KeyRing } from '@portcullis/nest';
import { FixedClock } from '@portcullis/nest/testing';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { RefreshTokens } from '../../libs/nest/src/authorities/tokens/index.js';
import { refreshNode, type RefreshNode, type StartedFamily } from './refresh-node.js';
import { anApp, NOON } from './registry-records.js';

const MINUTE_MS = 60_000;
const MOST_COMMANDS = 16;
const OPTIONS = {
  accessTokenTtlSeconds: 60,
  refreshIdleTtlSeconds: 600,
  refreshAbsoluteTtlSeconds: 1800,
  refreshGraceSeconds: 30,
  refreshGraceReplays: 2,
};
const BOUND_KEY = 'thumbprint';

/** A family of refresh tokens as its specification has it, without a database, a hash or a race. */
interface Model {
  nowMs: number;
  isOver: boolean;
  generation: number;
  graceEndsAtMs: number;
  graceReplays: number;
  idleEndsAtMs: number;
  endsAtMs: number;
}

/** The real one, and the tokens that its app was given, by generation. */
interface Real {
  readonly node: RefreshNode;
  readonly clock: FixedClock;
  readonly family: StartedFamily;
  readonly userId: string;
  readonly tokens: string[];
  readonly sibling: (generation: number) => string;
}

type Command = fc.AsyncCommand<Model, Real>;

interface Presented {
  readonly which: 'current' | 'predecessor' | 'older' | 'sibling' | 'ahead';
  readonly app: 'own' | 'another';
  readonly key: 'own' | 'another' | 'none';
}

type Outcome = 'rotated' | 'replayed' | 'refused' | 'alarm';

/** What must come of it; the model is then as the family must be. */
function outcomeOf(model: Model, { which, app, key }: Presented): Outcome {
  const { nowMs } = model;
  if (model.isOver || nowMs >= model.idleEndsAtMs || nowMs >= model.endsAtMs || which === 'ahead')
    return 'refused';
  const isOwn = app === 'own' && key === 'own';
  if (isOwn && which === 'current') {
    model.generation += 1;
    model.graceEndsAtMs = Math.min(nowMs + MINUTE_MS / 2, model.idleEndsAtMs, model.endsAtMs);
    model.graceReplays = 0;
    model.idleEndsAtMs = Math.min(nowMs + 10 * MINUTE_MS, model.endsAtMs);
    return 'rotated';
  }
  const inGrace = nowMs < model.graceEndsAtMs && model.graceReplays < OPTIONS.refreshGraceReplays;
  if (isOwn && which === 'predecessor' && inGrace) {
    model.graceReplays += 1;
    return 'replayed';
  }
  model.isOver = true;
  return 'alarm';
}

function textOf({ which }: Presented, { generation }: Model, { tokens, sibling }: Real): string | undefined {
  if (which === 'sibling') return sibling(generation);
  if (which === 'ahead') return sibling(generation + 1);
  return tokens[generation - { current: 0, predecessor: 1, older: 2 }[which]];
}

async function present(presented: Presented, model: Model, real: Real): Promise<void> {
  const text = textOf(presented, model, real);
  if (text === undefined) return;
  const { node, family, tokens } = real;
  const outcome = outcomeOf(model, presented);
  const by = {
    appId: presented.app === 'own' ? family.appId : 'another',
    boundKey: { own: BOUND_KEY, another: 'another', none: null }[presented.key],
  };
  if (outcome === 'refused' || outcome === 'alarm') {
    expect((await node.refusal(text, by)).alarm).toBe(outcome === 'alarm');
    if (outcome === 'alarm') expect(await node.stores.sessions.find(family.sessionId)).toBeUndefined();
    return;
  }
  const { refreshToken } = await node.redeem(text, by);
  if (outcome === 'rotated') expect(tokens).not.toContain(refreshToken);
  else expect(refreshToken).toBe(tokens.at(-1));
  tokens[model.generation] = refreshToken;
  const now = await node.stores.refreshFamilies.findLocked(family.sessionId);
  expect(now).toMatchObject({ generation: model.generation, graceReplays: model.graceReplays });
  expect(now?.idleExpiresAt.getTime()).toBe(model.idleEndsAtMs);
}

const named = (name: string, run: Command['run']): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const own = { app: 'own', key: 'own' } as const;

const COMMANDS: fc.Arbitrary<Command>[] = [
  ...(['current', 'current', 'predecessor'] as const).map((which) =>
    fc.constant(named(`redeem ${which}`, (model, real) => present({ which, ...own }, model, real))),
  ),
  fc
    .record<Presented>({
      which: fc.constantFrom('current', 'predecessor', 'older', 'sibling', 'ahead'),
      app: fc.constantFrom('own', 'own', 'another'),
      key: fc.constantFrom('own', 'own', 'another', 'none'),
    })
    .map((presented) =>
      named(`redeem ${JSON.stringify(presented)}`, (model, real) => present(presented, model, real)),
    ),
  fc.string({ maxLength: 200 }).map((text) =>
    named(`garbage ${JSON.stringify(text)}`, async (_, { node, family }) => {
      const refused = await node.refusal(text, { appId: family.appId, boundKey: BOUND_KEY });
      expect(refused).toEqual({ reason: 'refresh_token_unknown', alarm: false });
    }),
  ),
  fc.constantFrom(1, 29, 30, 31, 300, 599, 600, 900).map((seconds) =>
    named(`wait ${seconds} s`, async (model, { clock }) => {
      model.nowMs += seconds * 1000;
      clock.advance(seconds);
    }),
  ),
  fc.constantFrom('logout', 'session', 'user').map((how) =>
    named(`end by ${how}`, async (model, { node, family, userId }) => {
      model.isOver = true;
      const { sessionId } = family;
      if (how === 'logout') await node.stores.sessions.remove(sessionId);
      else await node.revocations.revoke(how === 'session' ? { familyId: sessionId } : { userId });
    }),
  ),
];

async function begin(node: RefreshNode, clock: FixedClock, keyRing: KeyRing, appId: string) {
  // A user of its own, whom a revocation is of.
  const userId = randomUUID();
  const family = await node.start({ appId, userId, boundKey: BOUND_KEY });
  const nowMs = clock.now();
  const model: Model = {
    nowMs,
    isOver: false,
    generation: 0,
    graceEndsAtMs: 0,
    graceReplays: 0,
    idleEndsAtMs: nowMs + 10 * MINUTE_MS,
    endsAtMs: nowMs + 30 * MINUTE_MS,
  };
  const sibling = (generation: number) => new RefreshTokens(keyRing).mint(family.sessionId, generation).text;
  return { model, real: { node, clock, family, userId, tokens: [family.refreshToken], sibling } };
}

/** Does whatever comes to fast-check's mind with families in the database, and compares each with the model. */
export async function checkRefreshModel(dataSource: DataSource, numRuns: number): Promise<void> {
  const keyRing = new KeyRing([randomBytes(32)]);
  const clock = new FixedClock(NOON);
  const node = refreshNode({ dataSource, keyRing, clock, options: OPTIONS });
  const app = anApp();
  await node.stores.apps.insert(app);
  await fc.assert(
    fc.asyncProperty(fc.commands(COMMANDS, { maxCommands: MOST_COMMANDS, size: 'max' }), async (commands) => {
      const begun = await begin(node, clock, keyRing, app.id);
      await fc.asyncModelRun(() => begun, commands);
    }),
    { numRuns },
  );
}
