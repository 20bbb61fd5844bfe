import { Injectable, type ExecutionContext } from '@nestjs/common';
import { MalformedCredentials, readCredentials, type Credentials } from '@portcullis/wire';
import { ClaimStore } from './claim-store.js';
import { Clock } from './clock.js';
import { CredentialSources } from './credential-sources.js';
import { DecisionLog } from './decision-log.js';
import type { CallerFacts, Known } from './facts.js';
import { keptOf, messageOf } from './http-message.js';
import type { InboundRequest } from './inbound-request.js';
import { PipelineOptions } from './pipeline.options.js';
import { PlanBook, type Plan } from './plan.js';
import { readRequest } from './read-request.js';
import type { AnswerSigner, Claim } from './security-layer.js';
import { SecurityProblem, temporarilyUnavailable } from './security-problem.js';

/** Facts of an admitted request, or undefined when its route has no plan. */
export function callerOf(request: unknown): CallerFacts | undefined {
  return keptOf(messageOf(request)).caller;
}

interface Progress {
  layer: string | undefined;
  appId: string | undefined;
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
  ) {}

  admit(context: ExecutionContext): Promise<CallerFacts> {
    const message = messageOf(context.switchToHttp().getRequest());
    const kept = keptOf(message);
    kept.admission ??= this.run(context, readRequest(message, this.options)).then(
      ({ caller, signAnswer }) => {
        kept.caller = caller;
        if (signAnswer) kept.signAnswer = signAnswer;
        return caller;
      },
    );
    return kept.admission;
  }

  private async run(
    context: ExecutionContext,
    request: InboundRequest,
  ): Promise<{ caller: CallerFacts; signAnswer: AnswerSigner | undefined }> {
    const plan = this.plans.of(context.getClass(), context.getHandler());
    const startedAt = this.clock.now();
    const progress: Progress = { layer: undefined, appId: undefined };
    const base = { requestId: request.id, peerAddress: request.peerAddress };
    const route = plan?.route ?? 'unknown';
    try {
      // No plan means that the compiler never saw this handler: nothing is known about what it demands.
      if (!plan) throw temporarilyUnavailable('no plan was compiled for this handler');
      const { known, signAnswer } = await this.check(request, plan, progress);
      this.log.record({
        event: 'admitted',
        route,
        ...base,
        appId: known.app?.id,
        latencyMs: this.clock.now() - startedAt,
      });
      const { credentials: _, ...facts } = known;
      return { caller: Object.freeze({ ...base, ...facts }), signAnswer };
    } catch (error) {
      const problem = asProblem(error);
      this.log.record({
        event: 'refused',
        route,
        ...base,
        ...progress,
        code: problem.code,
        reason: problem.reason,
        latencyMs: this.clock.now() - startedAt,
      });
      throw problem;
    }
  }

  private async check(
    request: InboundRequest,
    plan: Plan,
    progress: Progress,
  ): Promise<{ known: Known; signAnswer: AnswerSigner | undefined }> {
    const credentials = this.read(request);
    progress.appId = credentials.appId;
    const known: Known = { credentials };
    const claims: Claim[] = [];
    let signAnswer: AnswerSigner | undefined;
    for (const { layer, policy } of plan.steps) {
      progress.layer = layer.name;
      const pending = layer.check(request, policy, known);
      // Most checks answer at once; awaiting them all costs the hot path a turn of the event loop each.
      // eslint-disable-next-line no-await-in-loop -- layers stand on what the one before established
      const checked = pending instanceof Promise ? await pending : pending;
      Object.assign(known, checked.adds);
      if (checked.claims) claims.push(...checked.claims);
      signAnswer ??= checked.signAnswer;
    }
    progress.layer = 'claims';
    if (claims.length > 0) await this.commit(claims);
    return { known, signAnswer };
  }

  private read(request: InboundRequest): Credentials {
    try {
      return readCredentials(request.rawHeaders, request.target, this.sources);
    } catch (error) {
      if (error instanceof MalformedCredentials)
        throw new SecurityProblem('malformed_credentials', { reason: error.reason });
      throw error;
    }
  }

  private async commit(claims: readonly Claim[]): Promise<void> {
    const result = await this.claims.commit(claims);
    if (result.outcome === 'committed') return;
    const code = result.outcome === 'used' ? result.claim.onUsed : result.claim.onForgotten;
    throw new SecurityProblem(code, { reason: `claim_${result.outcome}` });
  }
}

/** A check that fails for its own reasons has not passed: it cannot know, so the caller is told to come again. */
function asProblem(error: unknown): SecurityProblem {
  if (error instanceof SecurityProblem) return error;
  const name = error instanceof Error ? error.name : typeof error;
  return temporarilyUnavailable(`guard_error: ${name}`);
}
