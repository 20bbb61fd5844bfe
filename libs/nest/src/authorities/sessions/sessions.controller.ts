import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { z } from 'zod';
import {
  BasicCredentials,
  Caller,
  CallingUser,
  Protect,
  SecurityProblem,
  ZodValidationPipe,
  type CallerFacts,
  type CallingUserFacts,
  type UsernameAndPassword,
} from '../../pipeline/index.js';
import { passwordMissing } from './sessions.problems.js';
import { Sessions, type Session } from './sessions.js';
import { SignIn } from './sign-in.js';

const startSchema = z.strictObject({
  /** RFC 6749 §3.3: separated by spaces; all that is effective unless named. */
  scope: z
    .string()
    .regex(
      /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/,
      'expected scopes separated by spaces',
    )
    .optional(),
});

/** A session in an answer. */
function shown(session: Session, current: string | undefined): object {
  const { id, appId, scopes, createdAt, lastUsedAt, expiresAt } = session;
  return { id, appId, scope: scopes.join(' '), createdAt, lastUsedAt, expiresAt, current: id === current };
}

/** User sessions: a password is exchanged for an expiring key, and the password is needed no more. */
@Controller('sessions')
export class SessionsController {
  constructor(
    private readonly signIn: SignIn,
    private readonly sessions: Sessions,
  ) {}

  @Protect({ signature: 'when-present' })
  @Header('Cache-Control', 'no-store')
  @Post()
  async start(
    @Caller() { app, peerAddress }: CallerFacts,
    @BasicCredentials() basic: UsernameAndPassword | undefined,
    @Body(new ZodValidationPipe(startSchema)) { scope }: z.output<typeof startSchema>,
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
