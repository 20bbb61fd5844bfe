import type { IncomingMessage } from 'node:http';
import { Injectable, type ExecutionContext } from '@nestjs/common';
import type { Credentials } from '@portcullis/wire';
import { ClaimStore, type Committed } from './claim-store.js';
import { Clock } from './clock.js';
import { CredentialSources } from './credential-sources.js';
import { DecisionLog, recordDecision, type Decision } from './decision-log.js';
import type { CallerFacts, Known } from './facts.js';
import { Fingerprint } from './fingerprint.js';
import { keptOf, messageOf } from './http-message.js';
import type { InboundRequest } from './inbound-request.js';
import type { LayerName } from './layer-order.js';
import { PipelineOptions } from './pipeline.options.js';
import { PlanBook, type Plan, type Step } from './plan.js';
import { presentedCredentials } from './present-credentials.js';
import { readRequest } from './read-request.js';
import type { AnswerSigner, Checked, Claim } from './security-layer.js';
import { SecurityProblem, temporarilyUnavailable } from './security-problem.js';
import { StateFreshness } from './state-freshness.js';

/** Facts of an admitted request, or undefined when its route has no plan. */
export function callerOf(request: unknown): CallerFacts | undefined {
  return keptOf(messageOf(request)).caller;
}

/** One plan on its way through one request. */
interface Run {
  readonly request: InboundRequest;
  readonly route: string;
  readonly startedAt: number;
  readonly steps: readonly Step[];
  readonly known: Known;
  readonly claims: Claim[];
  readonly toTell: (() => void)[];
  signAnswer: AnswerSigner | undefined;
  layer: string | undefined;
  /** As the caller says; whatever it is. */
  presentedAppId: string | undefined;
}

type MaybePromise<T> = T | Promise<T>;

/**
 * Runs a handler's plan over a request, once, however many guards ask for it. Answers at once when nothing has to be waited
 * for: a turn of the event loop for each step would cost the hot path more than most steps do.
 */
@Injectable()
export class Admission {
  constructor(
    private readonly options: PipelineOptions,
    private readonly plans: PlanBook,
    private readonly sources: CredentialSources,
    private readonly claims: ClaimStore,
    private readonly freshness: StateFreshness,
    private readonly clock: Clock,
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
  ) {}

  /** Throws a `SecurityProblem`, or rejects with one. */
  admit(context: ExecutionContext): MaybePromise<CallerFacts> {
    const message = messageOf(context.switchToHttp().getRequest());
    const kept = keptOf(message);
    return (kept.admission ??= this.run(message, this.plans.of(context.getClass(), context.getHandler())));
  }

  /**
   * Runs the plan of one layer over an Express or Fastify request, once: the layer, what it needs, and no scopes that are
   * demanded. For who asks for layers one by one; what is established adds up, and is not established again.
   */
  admitLayer(name: LayerName, request: unknown): MaybePromise<CallerFacts> {
    const message = messageOf(request);
    const asked = (keptOf(message).layers ??= new Map<LayerName, MaybePromise<CallerFacts>>());
    const running = asked.get(name) ?? this.run(message, this.plans.ofLayer(name));
    asked.set(name, running);
    return running;
  }

  private run(message: IncomingMessage, plan: Plan | undefined): MaybePromise<CallerFacts> {
    const before = keptOf(message).caller;
    const run = this.begin(readRequest(message, this.options), plan, before);
    try {
      // No plan means that the compiler never saw this handler: nothing is known about what it demands.
      if (!plan) throw temporarilyUnavailable('no plan was compiled for this handler');
      // Before anything is judged: what was revoked might be admitted, and what was granted refused as unknown.
      if (!(this.freshness.ageMs() <= plan.staleAfterMs))
        throw temporarilyUnavailable('revocation_feed_stale');
      run.known.credentials = presentedCredentials(run.request, this.sources);
      run.presentedAppId = run.known.credentials.appId;
      const passed = this.pass(run, 0);
      if (!(passed instanceof Promise)) return this.admitted(message, run, before);
      return passed
        .then(() => this.admitted(message, run, before))
        .catch((error: unknown) => this.refused(run, error));
    } catch (error) {
      return this.refused(run, error);
    }
  }

  private begin(request: InboundRequest, plan: Plan | undefined, before: CallerFacts | undefined): Run {
    const steps = before ? stepsLeft(plan?.steps ?? [], before) : (plan?.steps ?? []);
    return {
      request,
      route: plan?.route ?? 'unknown',
      startedAt: this.clock.now(),
      steps,
      known: {
        credentials: NO_CREDENTIALS,
        app: before?.app,
        signature: before?.signature,
        integrity: before?.integrity,
        user: before?.user,
        scopes: before?.scopes,
      },
      claims: [],
      toTell: [],
      signAnswer: undefined,
      layer: undefined,
      presentedAppId: undefined,
    };
  }

  /** Lets the layers speak from a step on, and commits what they claim once all have passed. */
  private pass(run: Run, from: number): MaybePromise<void> {
    for (let at = from; at < run.steps.length; at++) {
      const { layer, policy } = run.steps[at] as Step;
      run.layer = layer.name;
      const checked = layer.check(run.request, policy, run.known);
      if (checked instanceof Promise)
        return checked.then((late) => {
          take(run, late);
          return this.pass(run, at + 1);
        });
      take(run, checked);
    }
    run.layer = 'claims';
    if (run.claims.length === 0) return undefined;
    const committed = this.claims.commit(run.claims);
    return committed instanceof Promise ? committed.then(refuseUncommitted) : refuseUncommitted(committed);
  }

  private admitted(message: IncomingMessage, run: Run, before: CallerFacts | undefined): CallerFacts {
    for (const tell of run.toTell) tell();
    this.record('admitted', run);
    const kept = keptOf(message);
    const { request, known } = run;
    const { app, signature, integrity, user, scopes, credentials } = known;
    const { id: requestId, peerAddress } = request;
    const caller: CallerFacts = { requestId, peerAddress, app, signature, integrity, user, scopes };
    // Another plan of the same request may have ended meanwhile.
    const all = kept.caller === before ? caller : { ...caller, ...kept.caller, ...definedOf(caller) };
    kept.caller = Object.freeze(all);
    if (credentials.basic) kept.basic = credentials.basic;
    if (run.signAnswer) kept.signAnswer = run.signAnswer;
    return all;
  }

  private refused(run: Run, error: unknown): never {
    const problem = asProblem(error);
    this.record('refused', run, problem);
    throw problem;
  }

  private record(event: Decision['event'], run: Run, problem?: SecurityProblem): void {
    if (!this.log.wants(event)) return;
    const { request, route, layer, known, presentedAppId, startedAt } = run;
    const { app, user } = known;
    // Whoever mistakes a header sends a session key as an app id: only what the registry knows is no secret.
    const which = app?.registered
      ? { appId: app.id }
      : presentedAppId !== undefined && { presentedApp: this.fingerprint.of(presentedAppId) };
    const who = user && {
      subject: this.fingerprint.of(user.id),
      credential: this.fingerprint.of(user.credential.id),
    };
    const why = problem && { layer, code: problem.code, reason: problem.reason };
    const base = { event, route, requestId: request.id, peerAddress: request.peerAddress };
    recordDecision(this.log, { ...base, ...why, ...which, ...who, latencyMs: this.clock.now() - startedAt });
  }
}

const NO_CREDENTIALS: Credentials = Object.freeze({});

/** What a layer established is known to the layers after it. */
function take(run: Run, { adds, claims, onAdmitted, signAnswer }: Checked): void {
  Object.assign(run.known, adds);
  if (claims) run.claims.push(...claims);
  if (onAdmitted) run.toTell.push(onAdmitted);
  run.signAnswer ??= signAnswer;
}

function refuseUncommitted(result: Committed): void {
  if (result.outcome === 'committed') return;
  const { outcome, claim } = result;
  const code = outcome === 'used' ? claim.onUsed : claim.onForgotten;
  const reason = `claim_${outcome}`;
  throw claim.refuse?.(code, reason) ?? new SecurityProblem(code, { reason });
}

function definedOf(facts: CallerFacts): Partial<CallerFacts> {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined));
}

/**
 * Steps of which nothing is known yet. A signature that was verified was claimed as well: claimed again by the same
 * request it would be refused as a replay of itself. An integrity token is looked at again, for routes demand more of it
 * or less.
 */
function stepsLeft(steps: readonly Step[], { app, signature, user }: CallerFacts): readonly Step[] {
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
