import { encodeBase64 } from '@portcullis/wire';
import { AnswerError } from './answer-error.js';
import type { CallOptions } from './call-options.js';
import type { Clock } from './clock.js';
import type { CryptoEngine } from './crypto-engine.js';
import type { TokenSession } from './kept-session.js';
import { makeNonce } from './make-nonce.js';
import type { PatientRefresh } from './patient-refresh.js';
import { ProblemError } from './problem-error.js';
import { readSignIn } from './read-sign-in.js';
import type { Revocation } from './revocation.js';
import { failed, type SessionKeeper } from './session-keeper.js';
import type { ListedSession, StartedSession } from './session.js';
import { utf8Bytes } from './text-bytes.js';

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Narrows what the session may do; all that the user may do through this app unless told. */
  readonly scopes?: readonly string[];
}

export interface UserSessionsParts {
  readonly call: (path: string, init: RequestInit, call: CallOptions) => Promise<Response>;
  readonly keeper: SessionKeeper;
  readonly refresh: PatientRefresh;
  readonly revocation: Revocation;
  readonly engine: CryptoEngine;
  readonly clock: Clock;
  readonly device: string | undefined;
}

/** What these routes look at, whatever the client's defaults: a signature where there can be one, or none. */
const SIGN_IN: CallOptions = { signature: true, integrity: false, user: false };
const USER_ONLY: CallOptions = { signature: false, integrity: false, user: true };

/** Sign-in, sign-out, and what the user is signed in with. */
export class UserSessions {
  constructor(private readonly parts: UserSessionsParts) {}

  async signIn({ username, password, scopes }: Login): Promise<StartedSession> {
    const { call, keeper, engine, clock, device } = this.parts;
    // RFC 7617 §2: it would end the name there.
    if (username.includes(':')) throw new TypeError('username: expected no colon');
    const basic = encodeBase64(utf8Bytes(`${username}:${password}`));
    const headers = { 'x-user-authorization': `Basic ${basic}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ scope: scopes?.join(' '), device });
    const askedAtMs = clock.now();
    const response = await call('/sessions', { method: 'POST', headers, body }, SIGN_IN);
    const answer = readSignIn((await readJson(response)) as Readonly<Record<string, unknown>>);
    if (!answer) throw new AnswerError('answer_unexpected', response.status);
    await keeper.keep(answer.keptAs(await makeNonce(engine), askedAtMs));
    return answer.started;
  }

  /** Forgets the session first: signed out is signed out, whether the server could be told or not. */
  async signOut(): Promise<void> {
    const session = await this.parts.keeper.release();
    if (session?.kind === 'opaque') await this.endCurrent(session.sessionKey);
    if (session?.kind !== 'tokens') return;
    if (session.issuer === undefined) await this.endTokens(session);
    else await this.parts.revocation.revoke(session);
  }

  /** On every device. */
  async signOutEverywhere(): Promise<void> {
    const { call, keeper } = this.parts;
    if (!(await keeper.current())) return;
    const response = await call('/sessions', { method: 'DELETE' }, USER_ONLY);
    if (!response.ok) throw new AnswerError('answer_unexpected', response.status);
    await keeper.release();
  }

  async list(): Promise<readonly ListedSession[]> {
    const response = await this.parts.call('/sessions', {}, USER_ONLY);
    return (await readJson(response)) as readonly ListedSession[];
  }

  /** A refused access token says nothing of the session, which lives on in its refresh token. */
  private async endTokens(session: TokenSession): Promise<void> {
    if (await this.endCurrent(session.accessToken)) return;
    const outcome = await this.parts.refresh.refresh(session);
    if (outcome?.kind === 'renewed') await this.endCurrent(outcome.tokens.accessToken);
    else if (outcome && outcome.kind !== 'ended') failed(outcome);
  }

  /** False when the server knows no such session: it had ended already. */
  private async endCurrent(bearer: string): Promise<boolean> {
    const init = { method: 'DELETE', headers: { authorization: `Bearer ${bearer}` } };
    try {
      const response = await this.parts.call('/sessions/current', init, USER_ONLY);
      if (!response.ok) throw new AnswerError('answer_unexpected', response.status);
      return true;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'user_token_invalid') throw error;
      return false;
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  const unexpected = new AnswerError('answer_unexpected', response.status);
  if (!response.ok) throw unexpected;
  const read: unknown = await response.json().catch(() => undefined);
  if (typeof read !== 'object' || read === null) throw unexpected;
  return read;
}
