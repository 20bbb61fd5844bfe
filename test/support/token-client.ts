import { randomBytes } from 'node:crypto';
import type { AdminClient } from './admin-client.js';
import type { Prepared } from './bank-client.js';
import { noteSecret } from './log-book.js';
import type { PortAnswer } from './send-to-port.js';

const SCOPES = ['accounts:read', 'transfers:write'];
/** Each node is asked under its own port; a host says nothing to any of them. */
const ANYWHERE = 'http://127.0.0.1';

export interface AccessClaims {
  readonly jti: string;
  readonly sid: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
}

function partOf<T>(token: string, part: number): T {
  return JSON.parse(Buffer.from(token.split('.')[part] ?? '', 'base64url').toString()) as T;
}

export const claimsOf = (accessToken: string) => partOf<AccessClaims>(accessToken, 1);
export const keyIdOf = (accessToken: string) => partOf<{ kid: string }>(accessToken, 0).kid;

/** The requests of one phone: its app, its user, and what it was given last. */
export class TokenClient {
  accessToken = '';
  refreshToken = '';
  /** Of a session that is looked up. */
  sessionKey: string | undefined;
  /** By the clock of this process. */
  accessEndsAtMs = 0;

  private constructor(
    readonly appId: string,
    readonly userId: string,
    private readonly login: { readonly username: string; readonly password: string },
  ) {}

  /** With an app and a user of its own, not signed in yet. */
  static async register(
    admin: AdminClient,
    sessionKind: 'tokens' | 'opaque' = 'tokens',
  ): Promise<TokenClient> {
    const app = await admin.call('POST', '/apps', {
      name: 'Phone',
      clientType: 'public',
      scopes: SCOPES,
      sessionKind,
    });
    const login = {
      username: `user-${randomBytes(6).toString('hex')}`,
      password: noteSecret(randomBytes(12).toString('base64url')),
    };
    const user = await admin.call('POST', '/users', { ...login, scopes: SCOPES });
    if (app.status !== 201 || user.status !== 201) throw new Error(`app ${app.status}, user ${user.status}`);
    return new TokenClient(app.body.id, user.body.id, login);
  }

  get sessionId(): string {
    return claimsOf(this.accessToken).sid;
  }

  /** By what it is revoked. */
  get ids(): { readonly jti: string; readonly familyId: string; readonly userId: string } {
    const { jti, sid } = claimsOf(this.accessToken);
    return { jti, familyId: sid, userId: this.userId };
  }

  prepareSignIn(): Prepared {
    const { username, password } = this.login;
    const basic = noteSecret(Buffer.from(`${username}:${password}`).toString('base64'));
    return {
      url: `${ANYWHERE}/sessions`,
      init: { method: 'POST', headers: { 'x-api-key': this.appId, authorization: `Basic ${basic}` } },
    };
  }

  /** With this token, or with the one that it has. */
  prepareRefresh(refreshToken = this.refreshToken): Prepared {
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: this.appId };
    return {
      url: `${ANYWHERE}/oauth/token`,
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams(form).toString(),
      },
    };
  }

  prepareGet(path: string, method = 'GET'): Prepared {
    const bearer = this.sessionKey ?? this.accessToken;
    const headers = { 'x-api-key': this.appId, authorization: `Bearer ${bearer}` };
    return { url: `${ANYWHERE}${path}`, init: { method, headers } };
  }

  /** Takes over what a sign-in or a refresh has given. Throws when it was refused. */
  take({ status, code, body }: PortAnswer): void {
    if (status !== 200 && status !== 201)
      throw new Error(`refused: ${status} ${code ?? String(body['error'])}`);
    if (typeof body['session_key'] === 'string') {
      this.sessionKey = noteSecret(body['session_key']);
      return;
    }
    this.accessToken = noteSecret(body['access_token'] as string);
    this.refreshToken = noteSecret(body['refresh_token'] as string);
    this.accessEndsAtMs = Date.now() + (body['expires_in'] as number) * 1000;
  }
}
