import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  Headers,
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
  recordDecision,
  SecurityProblem,
  ZodValidationPipe,
  type CallerFacts,
  type CallingUserFacts,
  type UsernameAndPassword,
} from '../../pipeline/index.js';
import { invalidDpopProof } from '../../layers/user/index.js';
import { ActingUserInterceptor } from '../../state/index.js';
import { AppPolicies, type AppPolicy } from '../apps/index.js';
import { usernameKey } from '../users/index.js';
import { appInView } from './app-in-view.js';
import { DEVICE_NAME, deviceOf, LONGEST_DEVICE_NAME } from './device-name.js';
import { answerOf, shown } from './session-answers.js';
import { SessionOptions } from './session.options.js';
import { appRemoved, passwordMissing, passwordRefused } from './sessions.problems.js';
import { Sessions } from './sessions.js';
import { SignIn } from './sign-in.js';

const startSchema = z.strictObject({
  /** RFC 6749 §3.3: separated by spaces; all that is effective unless named. */
  scope: z.string().regex(SCOPE, 'expected scopes separated by spaces').optional(),
  /** For the user to recognise the session by; what the user agent says of itself unless named. */
  device: z
    .string()
    .max(LONGEST_DEVICE_NAME)
    .regex(DEVICE_NAME, `expected 1 to ${LONGEST_DEVICE_NAME} printable characters`)
    .optional(),
});

type Asked = z.output<typeof startSchema>;

/** User sessions: a password is exchanged for an expiring key, or for tokens, and the password is needed no more. */
@UseInterceptors(ActingUserInterceptor)
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
    private readonly policies: AppPolicies,
    private readonly log: DecisionLog,
    private readonly fingerprint: Fingerprint,
    private readonly clock: Clock,
    private readonly plans: PlanBook,
    private readonly options: SessionOptions,
  ) {}

  @Protect({ signature: 'when-present' })
  @Header('Cache-Control', 'no-store')
  @Post()
  async start(
    @Caller() caller: CallerFacts,
    @BasicCredentials() basic: UsernameAndPassword | undefined,
    @Body(new ZodValidationPipe(startSchema)) asked: Asked,
    @Headers('user-agent') userAgent: string | undefined,
  ): Promise<object> {
    const startedAt = this.clock.now();
    try {
      return await this.exchange(caller, basic, { device: deviceOf(userAgent), ...asked });
    } catch (error) {
      if (error instanceof SecurityProblem) this.recordRefusal(error, caller, { basic, startedAt });
      throw error;
    }
  }

  private async exchange(
    { app, peerAddress }: CallerFacts,
    basic: UsernameAndPassword | undefined,
    { scope, device }: Asked,
  ): Promise<object> {
    if (!basic) throw passwordMissing();
    if (!app) throw new SecurityProblem('app_key_missing', { reason: 'no_app' });
    const policy = await this.policies.of(app.id);
    if (!policy) throw appRemoved();
    if (signsInInTheBrowser(policy)) throw passwordRefused();
    // RFC 9449 §5.2. What is given here is bound to no key; and no password is looked at for an app that gets nothing by it.
    if (policy.dpopBoundAccessTokens) throw invalidDpopProof('dpop_required');
    const user = await this.signIn.authenticate({ ...basic, address: peerAddress });
    const started = await this.sessions.start({
      user,
      app,
      kind: policy.sessionKind,
      requestedScopes: scope?.split(' '),
      device,
      address: peerAddress,
    });
    return answerOf(started);
  }

  /** The plan admitted the app; that the user was refused is known here alone. */
  private recordRefusal(
    { code, reason }: SecurityProblem,
    { app, requestId, peerAddress }: CallerFacts,
    { basic, startedAt }: { basic: UsernameAndPassword | undefined; startedAt: number },
  ): void {
    if (!this.log.wants('refused')) return;
    recordDecision(this.log, {
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
  async list(@CallingUser() user: CallingUserFacts, @Caller() caller: CallerFacts): Promise<object[]> {
    const current = currentOf(user.credential);
    const sessions = await this.sessions.list(user.id, appInView(caller, this.options));
    return Promise.all(
      sessions.map(async (session) => {
        const appName = (await this.policies.of(session.appId))?.name ?? null;
        return shown({ session, appName, current: session.id === current });
      }),
    );
  }

  @Protect({ user: true })
  @HttpCode(204)
  @Delete('current')
  async endCurrent(@CallingUser() { id, credential }: CallingUserFacts): Promise<void> {
    const current = currentOf(credential);
    if (current === undefined) throw new SecurityProblem('not_found', { reason: 'no_session' });
    await this.sessions.end(current, { userId: id });
  }

  @Protect({ user: true })
  @HttpCode(204)
  @Delete(':id')
  async end(
    @Param('id') sessionId: string,
    @CallingUser() { id: userId }: CallingUserFacts,
    @Caller() caller: CallerFacts,
  ): Promise<void> {
    await this.sessions.end(sessionId, { userId, appId: appInView(caller, this.options) });
  }

  @Protect({ user: true })
  @HttpCode(204)
  @Delete()
  async endAll(@CallingUser() { id }: CallingUserFacts, @Caller() caller: CallerFacts): Promise<void> {
    const appId = appInView(caller, this.options);
    await (appId === undefined
      ? this.sessions.endAllOf(id)
      : this.sessions.endAllThrough({ userId: id, appId }));
  }
}

/** Undefined for a token that somebody else has issued: it is of no session that is kept here. */
function currentOf({ kind, id, sessionId }: CallingUserFacts['credential']): string | undefined {
  return kind === 'session' ? id : sessionId;
}

/** Such an app never sees a password, unless it is allowed that on top (RFC 9700 §2.4): otherwise every one of them would be. */
function signsInInTheBrowser({ grantTypes }: AppPolicy): boolean {
  const isOf = (grantType: string): boolean => grantTypes.includes(grantType);
  return (isOf('authorization_code') || isOf('implicit')) && !isOf('password');
}
