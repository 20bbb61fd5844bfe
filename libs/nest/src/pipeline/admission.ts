import type { IncomingMessage } from 'node:http';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { Credentials } from '@portcullis/wire';
import { ClaimStore } from './claim-store.js';
import { Clock } from './clock.js';
import { CredentialSources } from './credential-sources.js';
import { DecisionLog, type Decision } from './decision-log.js';
import type { CallerFacts, CallingApp, CallingUser, Known } from './facts.js';
import { Fingerprint } from './fingerprint.js';
import { keptOf, messageOf } from './http-message.js';
import type { InboundRequest } from './inbound-request.js';
import type { LayerName } from './layer-order.js';
import { PipelineOptions } from './pipeline.options.js';
import { PlanBook, type Plan, type Step } from './plan.js';
import { presentedCredentials } from './present-credentials.js';
import { readRequest } from './read-request.js';
import type { AnswerSigner, Claim } from './security-layer.js';
import { SecurityProblem, temporarilyUnavailable } from './security-problem.js';

/** Facts of an admitted request, or undefined when its route has no plan. */
export function callerOf(request: unknown): CallerFacts | undefined {
  return keptOf(messageOf(request)).caller;
}

interface Admitted {
  readonly caller: CallerFacts;
  readonly basic: Credentials['basic'];
  readonly signAnswer: AnswerSigner | undefined;
}

interface Progress {
  layer: string | undefined;
  /** As the caller says; whatever it is. */
  presentedAppId: string | undefined;
  app: CallingApp | undefined;
  user: CallingUser | undefined;
}

interface Running {
  readonly request: InboundRequest;
  readonly steps: readonly Step[];
  readonly known: Known;
}

/** Runs a handler's plan over a request, once, however many guards ask for it. */
@Injectable()
export class Admission {
  constructor(
    private readonly options: PipelineOptions,
    private readonly plans: PlanBook,
    private readonly sources: CredentialSources,
    private readonly claims: ClaimStore,
    private readonly clock: Clock,
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
  ) {}

  admit(context: ExecutionContext): Promise<CallerFacts> {
    const message = messageOf(context.switchToHttp().getRequest());
    const kept = keptOf(message);
    kept.admission ??= this.keep(message, this.plans.of(context.getClass(), context.getHandler()));
    return kept.admission;
  }

  /**
   * Runs the plan of one layer over an Express or Fastify request, once: the layer, what it needs, and no scopes that are
   * demanded. For who asks for layers one by one; what is established adds up, and is not established again.
   */
  admitLayer(name: LayerName, request: unknown): Promise<CallerFacts> {
    const message = messageOf(request);
    const asked = (keptOf(message).layers ??= new Map<LayerName, Promise<CallerFacts>>());
    const running = asked.get(name) ?? this.keep(message, this.plans.ofLayer(name));
    asked.set(name, running);
    return running;
  }

  private keep(message: IncomingMessage, plan: Plan | undefined): Promise<CallerFacts> {
    const kept = keptOf(message);
    const before = kept.caller;
    const request = readRequest(message, this.options);
    return this.run(plan, request, before).then(({ caller, basic, signAnswer }) => {
      // Another plan of the same request may have ended meanwhile.
      kept.caller = kept.caller === before ? caller : Object.freeze({ ...kept.caller, ...caller });
      if (basic) kept.basic = basic;
      if (signAnswer) kept.signAnswer = signAnswer;
      return kept.caller;
    });
  }

  private async run(
    plan: Plan | undefined,
    request: InboundRequest,
    established: CallerFacts | undefined,
  ): Promise<Admitted> {
    const startedAt = this.clock.now();
    const progress: Progress = {
      layer: undefined,
      presentedAppId: undefined,
      app: established?.app,
      user: established?.user,
    };
    const base = { requestId: request.id, peerAddress: request.peerAddress };
    const route = plan?.route ?? 'unknown';
    try {
      // No plan means that the compiler never saw this handler: nothing is known about what it demands.
      if (!plan) throw temporarilyUnavailable('no plan was compiled for this handler');
      const steps = established ? stepsLeft(plan, established) : plan.steps;
      const credentials = presentedCredentials(request, this.sources);
      progress.presentedAppId = credentials.appId;
      const known: Known = { ...established, credentials };
      const signAnswer = await this.check({ request, steps, known }, progress);
      this.record({ event: 'admitted', route, ...base }, progress, startedAt);
      const { credentials: _, ...facts } = known;
      return { caller: Object.freeze({ ...base, ...facts }), basic: credentials.basic, signAnswer };
    } catch (error) {
      const problem = asProblem(error);
      const { code, reason } = problem;
      const { layer } = progress;
      this.record({ event: 'refused', route, ...base, layer, code, reason }, progress, startedAt);
      throw problem;
    }
  }

  private record(
    decision: Omit<Decision, 'latencyMs'>,
    { presentedAppId, app, user }: Progress,
    startedAt: number,
  ): void {
    if (!this.log.wants(decision.event)) return;
    // Whoever mistakes a header sends a session key as an app id: only what the registry knows is no secret.
    const which = app?.registered
      ? { appId: app.id }
      : presentedAppId !== undefined && { presentedApp: this.fingerprint.of(presentedAppId) };
    const who = user && {
      subject: this.fingerprint.of(user.id),
      credential: this.fingerprint.of(user.credential.id),
    };
    this.log.record({ ...decision, ...which, ...who, latencyMs: this.clock.now() - startedAt });
  }

  /** Adds what the steps establish to what is known. */
  private async check(
    { request, steps, known }: Running,
    progress: Progress,
  ): Promise<AnswerSigner | undefined> {
    const claims: Claim[] = [];
    const toTell: (() => void)[] = [];
    let signAnswer: AnswerSigner | undefined;
    for (const { layer, policy } of steps) {
      progress.layer = layer.name;
      const pending = layer.check(request, policy, known);
      // Most checks answer at once; awaiting them all costs the hot path a turn of the event loop each.
      // eslint-disable-next-line no-await-in-loop -- layers stand on what the one before established
      const checked = pending instanceof Promise ? await pending : pending;
      Object.assign(known, checked.adds);
      progress.app = known.app;
      progress.user = known.user;
      if (checked.claims) claims.push(...checked.claims);
      if (checked.onAdmitted) toTell.push(checked.onAdmitted);
      signAnswer ??= checked.signAnswer;
    }
    progress.layer = 'claims';
    if (claims.length > 0) await this.commit(claims);
    for (const tell of toTell) tell();
    return signAnswer;
  }

  private async commit(claims: readonly Claim[]): Promise<void> {
    const result = await this.claims.commit(claims);
    if (result.outcome === 'committed') return;
    const code = result.outcome === 'used' ? result.claim.onUsed : result.claim.onForgotten;
    throw new SecurityProblem(code, { reason: `claim_${result.outcome}` });
  }
}

/**
 * Steps of which nothing is known yet. A signature that was verified was claimed as well: claimed again by the same
 * request it would be refused as a replay of itself. An integrity token is looked at again, for routes demand more of it
 * or less.
 */
function stepsLeft({ steps }: Plan, { app, signature, user }: CallerFacts): readonly Step[] {
  const settled = new Set<LayerName>();
  if (app?.registered) settled.add('app-key');
  if (signature) settled.add('request-signature');
  if (user) settled.add('user');
  return steps.filter(({ layer }) => !settled.has(layer.name));
}

/** A check that fails for its own reasons has not passed: it cannot know, so the caller is told to come again. */
function asProblem(error: unknown): SecurityProblem {
  if (error instanceof SecurityProblem) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return temporarilyUnavailable(`guard_error: ${name}`);
}
