import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  Post,
  UseInterceptors,
} from '@nestjs/common';
import { SCOPE } from '@portcullis/wire';
import { z } from 'zod';
import {
  BasicCredentials,
  Caller,
  CallingUser,
  Clock,
  DecisionLog,
  Fingerprint,
  PlanBook,
  Protect,
  SecurityProblem,
  ZodValidationPipe,
  type CallerFacts,
  type CallingUserFacts,
  type UsernameAndPassword,
} from '../../pipeline/index.js';
import { ActingUserInterceptor } from '../../state/index.js';
import { usernameKey } from '../users/index.js';
import { passwordMissing } from './sessions.problems.js';
import { Sessions, type Session } from './sessions.js';
import { SignIn } from './sign-in.js';

const startSchema = z.strictObject({
  /** RFC 6749 §3.3: separated by spaces; all that is effective unless named. */
  scope: z.string().regex(SCOPE, 'expected scopes separated by spaces').optional(),
});

/** A session in an answer. */
function shown(session: Session, current: string | undefined): object {
  const { id, appId, scopes, createdAt, lastUsedAt, expiresAt } = session;
  return { id, appId, scope: scopes.join(' '), createdAt, lastUsedAt, expiresAt, current: id === current };
}

/** User sessions: a password is exchanged for an expiring key, and the password is needed no more. */
@UseInterceptors(ActingUserInterceptor)
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
    private readonly clock: Clock,
    private readonly plans: PlanBook,
  ) {}

  @Protect({ signature: 'when-present' })
  @Header('Cache-Control', 'no-store')
  @Post()
  async start(
    @Caller() caller: CallerFacts,
    @BasicCredentials() basic: UsernameAndPassword | undefined,
    @Body(new ZodValidationPipe(startSchema)) asked: z.output<typeof startSchema>,
  ): Promise<object> {
    const startedAt = this.clock.now();
    try {
      return await this.exchange(caller, basic, asked);
    } catch (error) {
      if (error instanceof SecurityProblem) this.recordRefusal(error, caller, { basic, startedAt });
      throw error;
    }
  }

  private async exchange(
    { app, peerAddress }: CallerFacts,
    basic: UsernameAndPassword | undefined,
    { scope }: z.output<typeof startSchema>,
  ): Promise<object> {
    if (!basic) throw passwordMissing();
    if (!app) throw new SecurityProblem('app_key_missing', { reason: 'no_app' });
    const user = await this.signIn.authenticate({ ...basic, address: peerAddress });
    const started = await this.sessions.start({ user, app, requestedScopes: scope?.split(' ') });
    return {
      session_key: started.key,
      token_type: 'Bearer',
      expires_in: started.idleTtlSeconds,
      absolute_expires_in: started.absoluteTtlSeconds,
      scope: started.session.scopes.join(' '),
    };
  }

  /** The plan admitted the app; that the user was refused is known here alone. */
  private recordRefusal(
    { code, reason }: SecurityProblem,
    { app, requestId, peerAddress }: CallerFacts,
    { basic, startedAt }: { basic: UsernameAndPassword | undefined; startedAt: number },
  ): void {
    if (!this.log.wants('refused')) return;
    this.log.record({
      event: 'refused',
      requestId,
      route: this.plans.of(SessionsController, this.start)?.route ?? 'unknown',
      peerAddress,
      latencyMs: this.clock.now() - startedAt,
      appId: app?.id,
      username: basic && this.fingerprint.of(usernameKey(basic.username) ?? basic.username),
      code,
      layer: 'sign-in',
      reason,
    });
  }

  @Protect({ user: true })
  @Get()
  async list(@CallingUser() { id, credential }: CallingUserFacts): Promise<object[]> {
    return (await this.sessions.list(id)).map((session) => shown(session, currentOf(credential)));
  }

  @Protect({ user: true })
  @HttpCode(204)
  @Delete('current')
  async endCurrent(@CallingUser() { id, credential }: CallingUserFacts): Promise<void> {
    const current = currentOf(credential);
    if (current === undefined) throw new SecurityProblem('not_found', { reason: 'no_session' });
    await this.sessions.end(current, id);
  }

  @Protect({ user: true })
  @HttpCode(204)
  @Delete(':id')
  async end(@Param('id') sessionId: string, @CallingUser() { id }: CallingUserFacts): Promise<void> {
    await this.sessions.end(sessionId, id);
  }

  @Protect({ user: true })
  @HttpCode(204)
  @Delete()
  async endAll(@CallingUser() { id }: CallingUserFacts): Promise<void> {
    await this.sessions.endAllOf(id);
  }
}

function currentOf({ kind, id }: CallingUserFacts['credential']): string | undefined {
  return kind === 'session' ? id : undefined;
}
