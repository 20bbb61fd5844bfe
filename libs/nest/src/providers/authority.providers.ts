import type { Provider } from '@nestjs/common';
import { AdminKeyDirectory, AdminKeys } from '../authorities/admin-keys/index.js';
import { Apps, OfferedSessionKinds, SecretVault } from '../authorities/apps/index.js';
import { Consents } from '../authorities/authorizations/index.js';
import {
  AuthorizationCodeStore,
  CodeRedemptionStore,
  PushedRequestStore,
} from '../authorities/authorizations/index.js';
import { ResourceDirectory, ResourceServers, ResourceServerStore } from '../authorities/resources/index.js';
import {
  RevocableSessions,
  RevocationRetention,
  Revocations,
  RevokedCredentials,
} from '../authorities/revocations/index.js';
import {
  DeviceProofs,
  SessionOptions,
  Sessions,
  SessionStore,
  SignIn,
  StoredUserSessions,
} from '../authorities/sessions/index.js';
import {
  PasswordHasher,
  StoredUserAccounts,
  UserAccounts,
  Users,
  UserSessions,
} from '../authorities/users/index.js';
import { Clock } from '../pipeline/index.js';
import type { PortcullisOptions } from '../portcullis.options.js';
import {
  ActingContext,
  AuditStore,
  AuditTrail,
  ChangeFeed,
  ChangeStore,
  StoredAuditTrail,
  Transactions,
} from '../state/index.js';
import { absent } from './absent.js';
import { from } from './provide.js';

/** What an application with a database may call. Without one they say so when they are called. */
export const AUTHORITIES = [
  Apps,
  Users,
  Sessions,
  ResourceServers,
  ResourceDirectory,
  Consents,
  AuthorizationCodeStore,
  CodeRedemptionStore,
  PushedRequestStore,
  AdminKeys,
  AdminKeyDirectory,
  AuditStore,
  AuditTrail,
  ActingContext,
  ChangeFeed,
  ChangeStore,
  Revocations,
  Transactions,
];

export const AUTHORITY_PROVIDERS: Provider[] = [
  from(SessionOptions, ({ sessions }) => sessions),
  from(
    OfferedSessionKinds,
    ({ tokens }) => new OfferedSessionKinds(tokens ? ['opaque', 'tokens'] : ['opaque']),
  ),
  from(RevocationRetention, retention),
  from(RevocableSessions, (_, sessions: SessionStore) => sessions, SessionStore),
  Revocations,
  from(
    RevokedCredentials,
    (_, changes: ChangeFeed, clock: Clock) => new RevokedCredentials(changes, clock),
    ChangeFeed,
    Clock,
  ),
  from(PasswordHasher, ({ given }) => new PasswordHasher(given.passwords)),
  SecretVault,
  from(UserAccounts, ({ given }, own: StoredUserAccounts) => given.users ?? own, StoredUserAccounts),
  StoredUserAccounts,
  { provide: UserSessions, useClass: StoredUserSessions },
  ActingContext,
  { provide: AuditTrail, useClass: StoredAuditTrail },
  AdminKeys,
  Apps,
  Users,
  Sessions,
  DeviceProofs,
  SignIn,
  ResourceServers,
  Consents,
  from(
    ResourceDirectory,
    ({ given, copies }, store: ResourceServerStore, changes: ChangeFeed, clock: Clock) =>
      given.stores
        ? new ResourceDirectory({ store, changes, clock, ...copies })
        : absent<ResourceDirectory>('ResourceDirectory'),
    ResourceServerStore,
    ChangeFeed,
    Clock,
  ),
];

/** Of whatever is accepted here: tokens of our own, and those of others. */
function retention({ tokens, accessTokens }: PortcullisOptions): RevocationRetention {
  return new RevocationRetention([
    ...(tokens ? [tokens.keyOutlivesItsUseMs] : []),
    ...(accessTokens ? [(accessTokens.longestLifeSeconds + accessTokens.skewSeconds) * 1000] : []),
  ]);
}
