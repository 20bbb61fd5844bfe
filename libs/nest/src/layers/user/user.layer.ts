import { Injectable } from '@nestjs/common';
import type { Credentials } from '@portcullis/wire';
import { equalText } from '../../crypto/index.js';
import {
  SecurityLayer,
  type CallingAppFacts,
  type Checked,
  type Claim,
  type Facts,
  type InboundRequest,
  type Known,
} from '../../pipeline/index.js';
import { DpopProofs } from './dpop-proofs.js';
import { invalidDpopProof } from './dpop.problems.js';
import { appUserMismatch, userTokenInvalid, userTokenMissing, type UserScheme } from './user.problems.js';
import {
  AccessTokenVerifier,
  SessionKeys,
  UserPermissions,
  type PermittedUser,
  type UserCredential,
} from './user.store.js';

type Added = Checked<Pick<Facts, 'user'>>;
type Maybe<T> = T | undefined;

/** A token or key as it came, and by whom. */
interface Presented {
  readonly scheme: UserScheme;
  readonly token: string;
  readonly request: InboundRequest;
  readonly app: CallingAppFacts;
}

/** Who was found, and what is used up by it. */
interface Admitted {
  readonly credential: UserCredential;
  readonly user: PermittedUser;
  readonly claims: readonly Claim[];
}

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
    private readonly proofs: DpopProofs,
  ) {
    super();
  }

  override policy(): null {
    return null;
  }

  override check(
    request: InboundRequest,
    _policy: null,
    { credentials, app }: Known,
  ): Added | Promise<Added> {
    const { scheme, token } = tokenOf(credentials);
    if (!app) throw userTokenInvalid('no_app', scheme);
    const presented = { scheme, token, request, app };
    const credential = this.credentialOf(presented);
    return credential instanceof Promise
      ? credential.then((found) => this.permit(presented, found))
      : this.permit(presented, credential);
  }

  private credentialOf({ scheme, token }: Presented): Maybe<UserCredential> | Promise<Maybe<UserCredential>> {
    if (isJws(token)) return this.tokens.verify(token);
    // A session key is bound to no key: under this scheme it would seem to be.
    if (scheme === 'DPoP') throw userTokenInvalid('session_key_under_dpop', scheme);
    return this.sessions.find(token);
  }

  private permit(presented: Presented, credential: Maybe<UserCredential>): Added | Promise<Added> {
    const { scheme, app } = presented;
    if (!credential) throw userTokenInvalid('unknown_expired_or_forged', scheme);
    const claims = this.claimsOfHolder(presented, credential);
    if (credential.clientId !== app.id) throw appUserMismatch();
    const admit = (user: Maybe<PermittedUser>): Added => {
      if (!user) throw userTokenInvalid('user_gone', scheme);
      return this.admit({ credential, user, claims });
    };
    const user = this.permissions.of(credential.userId, app.id);
    return user instanceof Promise ? user.then(admit) : admit(user);
  }

  /** Who presents a token that is bound to a key has that key (RFC 9449 §7.1), and no other token comes as if it were bound. */
  private claimsOfHolder(
    { scheme, token, request }: Presented,
    { boundKey }: UserCredential,
  ): readonly Claim[] {
    if (scheme === 'Bearer') {
      if (boundKey !== undefined) throw userTokenInvalid('dpop_required', scheme);
      return NO_CLAIMS;
    }
    if (boundKey === undefined) throw userTokenInvalid('token_is_not_bound', scheme);
    const proof = this.proofs.read(request, { accessToken: token });
    if (!proof) throw invalidDpopProof('dpop_missing');
    if (!equalText(boundKey, proof.thumbprint)) throw invalidDpopProof('jkt_mismatch');
    return [proof.claim];
  }

  private admit({ credential: presented, user, claims }: Admitted): Added {
    const { kind, id, userId, clientId, granted } = presented;
    const sessionId = kind === 'session' ? id : presented.sessionId;
    const { username, scopes = granted } = user;
    const credential = { kind, id, sessionId };
    const adds = { user: { id: userId, username, scopes, granted, credential, clientId } };
    const onAdmitted = sessionId === undefined ? undefined : () => this.sessions.noteUse(sessionId);
    return { adds, claims, onAdmitted };
  }
}

const NO_CLAIMS: readonly Claim[] = Object.freeze([]);

function tokenOf({ bearer, dpopToken }: Credentials): Pick<Presented, 'scheme' | 'token'> {
  if (bearer !== undefined) return { scheme: 'Bearer', token: bearer };
  if (dpopToken !== undefined) return { scheme: 'DPoP', token: dpopToken };
  throw userTokenMissing();
}
