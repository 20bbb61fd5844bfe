import { encodeBase64 } from '@portcullis/wire';
import { AnswerError } from './answer-error.js';
import type { CallOptions } from './call-options.js';
import { ProblemError } from './problem-error.js';
import type { ListedSession, StartedSession } from './session.js';
import type { SessionStore } from './session-store.js';
import { utf8Bytes } from './text-bytes.js';

export interface Login {
  readonly username: string;
  readonly password: string;
  /** Narrows what the session may do; all that the user may do through this app unless told. */
  readonly scopes?: readonly string[];
}

/** What these routes look at, whatever the client's defaults: a signature where there can be one, or none. */
const SIGN_IN: CallOptions = { signature: true, integrity: false, user: false };
const USER_ONLY: CallOptions = { signature: false, integrity: false, user: true };

type Call = (path: string, init: RequestInit, call: CallOptions) => Promise<Response>;

const SESSION_KEY = /^[A-Za-z0-9._~+/-]+=*$/;

/** Sign-in, sign-out, and what the user is signed in with. */
export class UserSessions {
  constructor(
    private readonly call: Call,
    private readonly store: SessionStore,
  ) {}

  async signIn({ username, password, scopes }: Login): Promise<StartedSession> {
    // RFC 7617 §2: it would end the name there.
    if (username.includes(':')) throw new TypeError('username: expected no colon');
    const basic = encodeBase64(utf8Bytes(`${username}:${password}`));
    const headers = { 'x-user-authorization': `Basic ${basic}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ scope: scopes?.join(' ') });
    const init = { method: 'POST', headers, body };
    const response = await this.call('/sessions', init, SIGN_IN);
    const answer = (await readJson(response)) as Readonly<Record<string, unknown>>;
    const { session_key: key, expires_in, absolute_expires_in, scope } = answer;
    if (typeof key !== 'string' || !SESSION_KEY.test(key) || typeof scope !== 'string')
      throw new AnswerError('answer_unexpected', response.status);
    await this.store.save(key);
    return {
      expiresInSeconds: Number(expires_in),
      absoluteExpiresInSeconds: Number(absolute_expires_in),
      scopes: scope.split(' ').filter((one) => one !== ''),
    };
  }

  /** Forgets the session first: signed out is signed out, whether the server could be told or not. */
  async signOut(): Promise<void> {
    const sessionKey = await this.store.load();
    if (sessionKey === undefined) return;
    await this.store.clear();
    await this.end('/sessions/current', sessionKey);
  }

  /** On every device. */
  async signOutEverywhere(): Promise<void> {
    const sessionKey = await this.store.load();
    if (sessionKey === undefined) return;
    await this.end('/sessions', sessionKey);
    await this.store.clear();
  }

  async list(): Promise<readonly ListedSession[]> {
    const response = await this.call('/sessions', {}, USER_ONLY);
    return (await readJson(response)) as readonly ListedSession[];
  }

  private async end(path: string, sessionKey: string): Promise<void> {
    const init = { method: 'DELETE', headers: { authorization: `Bearer ${sessionKey}` } };
    try {
      const response = await this.call(path, init, USER_ONLY);
      if (!response.ok) throw new AnswerError('answer_unexpected', response.status);
    } catch (error) {
      // It had ended already.
      if (!(error instanceof ProblemError) || error.code !== 'user_token_invalid') throw error;
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
