import { Injectable } from '@nestjs/common';
import {
  SecurityLayer,
  type CallingAppFacts,
  type Checked,
  type Facts,
  type InboundRequest,
  type Known,
} from '../../pipeline/index.js';
import { appUserMismatch, userTokenInvalid, userTokenMissing } from './user.problems.js';
import {
  AccessTokenVerifier,
  SessionKeys,
  UserPermissions,
  type PermittedUser,
  type UserCredential,
} from './user.store.js';

type Added = Checked<Pick<Facts, 'user'>>;
type Maybe<T> = T | undefined;

/** Only a JWS has two dots (RFC 7515 §7.1); a session key has one. */
function isJws(bearer: string): boolean {
  const first = bearer.indexOf('.');
  return first >= 0 && bearer.includes('.', first + 1);
}

/** Which user: signed in through this app, and still there. */
@Injectable()
export class UserLayer extends SecurityLayer<null, Pick<Facts, 'user'>> {
  override readonly name = 'user';
  override readonly needs = ['app-key'] as const;

  constructor(
    private readonly sessions: SessionKeys,
    private readonly tokens: AccessTokenVerifier,
    private readonly permissions: UserPermissions,
  ) {
    super();
  }

  override policy(): null {
    return null;
  }

  override check(
    _request: InboundRequest,
    _policy: null,
    { credentials, app }: Known,
  ): Added | Promise<Added> {
    const { bearer } = credentials;
    if (bearer === undefined) throw userTokenMissing();
    if (!app) throw userTokenInvalid('no_app');
    const credential = this.credentialOf(bearer);
    return credential instanceof Promise
      ? credential.then((found) => this.permit(found, app))
      : this.permit(credential, app);
  }

  private credentialOf(bearer: string): Maybe<UserCredential> | Promise<Maybe<UserCredential>> {
    return isJws(bearer) ? this.tokens.verify(bearer) : this.sessions.find(bearer);
  }

  private permit(credential: Maybe<UserCredential>, app: CallingAppFacts): Added | Promise<Added> {
    if (!credential) throw userTokenInvalid('unknown_expired_or_forged');
    if (credential.clientId !== app.id) throw appUserMismatch();
    const user = this.permissions.of(credential.userId, app.id);
    return user instanceof Promise
      ? user.then((found) => this.admit(credential, found))
      : this.admit(credential, user);
  }

  private admit(presented: UserCredential, user: Maybe<PermittedUser>): Added {
    if (!user) throw userTokenInvalid('user_gone');
    const { kind, id, userId, clientId, granted } = presented;
    const sessionId = kind === 'session' ? id : presented.sessionId;
    const { username, scopes = granted } = user;
    const credential = { kind, id, sessionId };
    const adds = { user: { id: userId, username, scopes, granted, credential, clientId } };
    return sessionId === undefined ? { adds } : { adds, onAdmitted: () => this.sessions.noteUse(sessionId) };
  }
}
