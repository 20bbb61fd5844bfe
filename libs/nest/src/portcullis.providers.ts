import type { Abstract, InjectionToken, Provider, Type } from '@nestjs/common';
import { AdminKeyDirectory, AdminKeys, AdminKeyStore } from './authorities/admin-keys/index.js';
import { AppDirectory, Apps, AppStore, SecretVault } from './authorities/apps/index.js';
import {
  AttemptStore,
  NoSessions,
  SessionDirectory,
  SessionOptions,
  Sessions,
  SessionStore,
  SignIn,
  StoredUserSessions,
} from './authorities/sessions/index.js';
import { ConfiguredAccessTokenVerifier, NoAccessTokens } from './authorities/tokens/index.js';
import {
  GrantedPermissions,
  PasswordHasher,
  StoredUserAccounts,
  UserAccounts,
  UserDirectory,
  Users,
  UserSessions,
  UserStore,
} from './authorities/users/index.js';
import { absent } from './absent.js';
import { KeyRing } from './crypto/index.js';
import { AppIntegrityOptions, IntegritySecrets } from './layers/app-integrity/index.js';
import { AppRegistry } from './layers/app-key/index.js';
import {
  HawkScheme,
  HttpMessageSignatureScheme,
  RequestSignatureOptions,
  SIGNATURE_SCHEMES,
  SigningSecrets,
} from './layers/request-signature/index.js';
import { AccessTokenVerifier, SessionKeys, UserPermissions } from './layers/user/index.js';
import {
  AppsCheck,
  Doctor,
  OriginsCheck,
  ProxiesCheck,
  ReplayStateCheck,
  RoutesCheck,
  SessionsCheck,
  type HealthCheck,
} from './operations/doctor/index.js';
import {
  ClaimStore,
  Clock,
  CredentialSources,
  DecisionLog,
  Fingerprint,
  PipelineOptions,
  ProcessFingerprint,
  type ReplayJournal,
} from './pipeline/index.js';
import { PortcullisOptions } from './portcullis.options.js';
import {
  ActingContext,
  Announcements,
  AuditStore,
  AuditTrail,
  StoredAuditTrail,
  Transactions,
} from './state/index.js';
import {
  JournaledClaimStore,
  LocalAnnouncements,
  MemoryAppRegistry,
  MemoryAttemptStore,
  NoJournal,
} from './stores/memory/index.js';

type Token<T> = Type<T> | Abstract<T>;

/** What is known once the options are; further parts are handed over in the order in which they are named. */
function from<T>(
  token: Token<T> | symbol,
  make: (options: PortcullisOptions, ...parts: never[]) => T,
  ...parts: InjectionToken[]
): Provider {
  return { provide: token, useFactory: make, inject: [PortcullisOptions, ...parts] };
}

/** What every layer stands on. */
export const PIPELINE: Provider[] = [
  from(PipelineOptions, ({ pipeline }) => pipeline),
  from(RequestSignatureOptions, ({ signature }) => signature),
  from(AppIntegrityOptions, ({ integrity }) => integrity),
  from(Clock, ({ clock }) => clock),
  from(CredentialSources, ({ integrity }) => new CredentialSources(integrity.headers)),
  from(DecisionLog, ({ decisions }) => decisions),
  from(Fingerprint, ({ given: { keyRing } }) =>
    keyRing ? { of: (value: string) => keyRing.fingerprint(value) } : new ProcessFingerprint(),
  ),
];

/** Where state lives. */
export const STORES: Provider[] = [
  from(KeyRing, ({ given }) => given.keyRing ?? absent('KeyRing')),
  from(Transactions, ({ given }) => given.stores?.transactions ?? absent('Transactions')),
  from(AppStore, ({ given }) => given.stores?.apps ?? absent('AppStore')),
  from(UserStore, ({ given }) => given.stores?.users ?? absent('UserStore')),
  from(SessionStore, ({ given }) => given.stores?.sessions ?? absent('SessionStore')),
  from(AdminKeyStore, ({ given }) => given.stores?.adminKeys ?? absent('AdminKeyStore')),
  from(AuditStore, ({ given }) => given.stores?.audit ?? absent('AuditStore')),
  from(Announcements, ({ given }) => given.shared?.announcements ?? new LocalAnnouncements()),
  from(AttemptStore, ({ given }) => given.shared?.attempts ?? new MemoryAttemptStore()),
  from(ClaimStore, claims, Clock),
];

/** What an application with a database may call. Without one they say so when they are called. */
export const AUTHORITIES = [
  Apps,
  Users,
  Sessions,
  AdminKeys,
  AdminKeyDirectory,
  AuditStore,
  AuditTrail,
  ActingContext,
  Transactions,
];

export const SERVICES: Provider[] = [
  from(SessionOptions, ({ sessions }) => sessions),
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
  SignIn,
];

const EVERYWHERE = [OriginsCheck, ProxiesCheck, RoutesCheck, ReplayStateCheck];
const WITH_STORES = [SessionsCheck, AppsCheck];

/** Looks at what stands here, for whoever operates it. */
export const DOCTOR: Provider[] = [
  OriginsCheck,
  ProxiesCheck,
  RoutesCheck,
  from(
    ReplayStateCheck,
    ({ given: { shared, stores } }, store: ClaimStore) =>
      new ReplayStateCheck({
        claims: store,
        isShared: shared !== undefined,
        databaseIsOpenTo: stores?.databaseIsOpenTo,
      }),
    ClaimStore,
  ),
  ...WITH_STORES,
  from(
    Doctor,
    ({ given: { stores, shared } }, clock: Clock, ...checks: HealthCheck[]) =>
      new Doctor(
        [
          ...checks.slice(0, stores ? undefined : EVERYWHERE.length),
          ...(stores?.healthChecks?.(clock) ?? []),
          ...(shared?.healthChecks?.(clock) ?? []),
        ],
        clock,
      ),
    Clock,
    ...EVERYWHERE,
    ...WITH_STORES,
  ),
];

/** What the layers ask, answered from the database's copies or from the list in the configuration. */
export const ANSWERS: Provider[] = [
  from(
    AppRegistry,
    ({ given, copies }, announcements: Announcements, vault: SecretVault, clock: Clock) =>
      given.stores
        ? new AppDirectory({ store: given.stores.apps, vault, announcements, clock, ...copies })
        : new MemoryAppRegistry(given.apps ?? []),
    Announcements,
    SecretVault,
    Clock,
  ),
  from(SigningSecrets, (_, registry: RegistryOfSecrets) => registry.signingSecrets, AppRegistry),
  from(IntegritySecrets, (_, registry: RegistryOfSecrets) => registry.integritySecrets, AppRegistry),
  from(
    SessionKeys,
    ({ given, sessions }, announcements: Announcements, clock: Clock) =>
      given.stores && given.keyRing
        ? new SessionDirectory(given.stores.sessions, given.keyRing, sessions, clock, announcements)
        : new NoSessions(),
    Announcements,
    Clock,
  ),
  from(
    UserPermissions,
    ({ given, copies }, announcements: Announcements, accounts: UserAccounts, clock: Clock) =>
      given.stores
        ? new UserDirectory({ accounts, announcements, clock, ...copies })
        : new GrantedPermissions(),
    Announcements,
    UserAccounts,
    Clock,
  ),
  from(
    AdminKeyDirectory,
    ({ given, copies }, announcements: Announcements, clock: Clock) =>
      given.stores && given.keyRing
        ? new AdminKeyDirectory({
            store: given.stores.adminKeys,
            keyRing: given.keyRing,
            announcements,
            clock,
            ...copies,
          })
        : absent<AdminKeyDirectory>('AdminKeyDirectory'),
    Announcements,
    Clock,
  ),
  from(
    AccessTokenVerifier,
    ({ accessTokens }, clock: Clock) =>
      accessTokens ? new ConfiguredAccessTokenVerifier(clock, accessTokens) : new NoAccessTokens(),
    Clock,
  ),
  {
    provide: SIGNATURE_SCHEMES,
    useFactory: (sources: CredentialSources) => [new HttpMessageSignatureScheme(sources), new HawkScheme()],
    inject: [CredentialSources],
  },
];

type RegistryOfSecrets = AppDirectory | MemoryAppRegistry;

function claims({ given, signature, integrity }: PortcullisOptions, clock: Clock): ClaimStore {
  const { claims: replaced, stores, shared } = given;
  if (replaced) return replaced;
  const journal: ReplayJournal = stores?.replayJournal(clock) ?? new NoJournal();
  const aheadSeconds = Math.max(signature.maxAheadSeconds, integrity.skewSeconds);
  if (!shared) return new JournaledClaimStore({ clock, journal, maxAheadMs: aheadSeconds * 1000 });
  // Another node's clock may be ahead of this one's, and admit that much more.
  const nodeSkewMs = signature.nodeSkewSeconds * 1000;
  const maxAheadMs = aheadSeconds * 1000 + nodeSkewMs;
  return shared.claims({ clock, journal, maxAheadMs, nodeSkewMs });
}
