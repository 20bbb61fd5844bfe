import type { Provider } from '@nestjs/common';
import { z } from 'zod';
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
import {
  AccessTokenOptions,
  ConfiguredAccessTokenVerifier,
  NoAccessTokens,
  type AccessTokenOptionsInput,
} from './authorities/tokens/index.js';
import {
  GrantedPermissions,
  PasswordHasher,
  UserDirectory,
  Users,
  UserSessions,
  UserStore,
} from './authorities/users/index.js';
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
import { ClaimStore, Clock, CredentialSources, type ReplayJournal } from './pipeline/index.js';
import type {
  ListedAppsOptions,
  PortcullisModuleOptions,
  RegistryOptionsInput,
  StoredAppsOptions,
} from './portcullis.options.js';
import { Announcements, Transactions } from './state/index.js';
import {
  JournaledClaimStore,
  LocalAnnouncements,
  MemoryAppRegistry,
  MemoryAttemptStore,
  NoJournal,
} from './stores/memory/index.js';

/** Apps from the configuration, and nothing that has to be kept. */
export function listedApps({ apps }: ListedAppsOptions): Provider[] {
  const registry = new MemoryAppRegistry(apps);
  return [
    { provide: AppRegistry, useValue: registry },
    { provide: SigningSecrets, useValue: registry.signingSecrets },
    { provide: IntegritySecrets, useValue: registry.integritySecrets },
    { provide: SessionKeys, useValue: new NoSessions() },
    { provide: UserPermissions, useValue: new GrantedPermissions() },
  ];
}

const registrySchema = z.strictObject({
  maxAgeSeconds: z.number().int().min(1).max(3600).default(60),
  capacity: z.number().int().min(100).max(10_000_000).default(100_000),
});

function copies(registry: RegistryOptionsInput = {}) {
  const { maxAgeSeconds, capacity } = registrySchema.parse(registry);
  return { maxAgeMs: maxAgeSeconds * 1000, capacity };
}

/** Apps, users and sessions from a database, and the authorities over them. */
export function storedApps(options: StoredAppsOptions): Provider[] {
  const { stores, keyRing, sessions, passwords, shared } = options;
  const registry = copies(options.registry);
  return [
    { provide: KeyRing, useValue: keyRing },
    { provide: Transactions, useValue: stores.transactions },
    { provide: AppStore, useValue: stores.apps },
    { provide: UserStore, useValue: stores.users },
    { provide: SessionStore, useValue: stores.sessions },
    { provide: Announcements, useValue: shared?.announcements ?? new LocalAnnouncements() },
    { provide: AttemptStore, useValue: shared?.attempts ?? new MemoryAttemptStore() },
    { provide: SessionOptions, useValue: new SessionOptions(sessions) },
    { provide: PasswordHasher, useValue: new PasswordHasher(passwords) },
    { provide: SecretVault, useValue: new SecretVault(keyRing) },
    {
      provide: AppDirectory,
      useFactory: (announcements: Announcements, vault: SecretVault, clock: Clock) =>
        new AppDirectory({ store: stores.apps, vault, announcements, clock, ...registry }),
      inject: [Announcements, SecretVault, Clock],
    },
    { provide: AppRegistry, useExisting: AppDirectory },
    ...[SigningSecrets, IntegritySecrets].map((token) => ({
      provide: token,
      useFactory: (directory: AppDirectory) =>
        token === SigningSecrets ? directory.signingSecrets : directory.integritySecrets,
      inject: [AppDirectory],
    })),
    {
      provide: UserPermissions,
      useFactory: (announcements: Announcements, clock: Clock) =>
        new UserDirectory({ store: stores.users, announcements, clock, ...registry }),
      inject: [Announcements, Clock],
    },
    SessionDirectory,
    { provide: SessionKeys, useExisting: SessionDirectory },
    { provide: UserSessions, useClass: StoredUserSessions },
    Apps,
    Users,
    Sessions,
    SignIn,
  ];
}

/** Authorities that a host may call, when its apps are in a database. */
export const AUTHORITIES = [Apps, Users, Sessions, Transactions];

/** Ways to sign a request that are accepted. */
export const SCHEMES: Provider = {
  provide: SIGNATURE_SCHEMES,
  useFactory: (sources: CredentialSources) => [new HttpMessageSignatureScheme(sources), new HawkScheme()],
  inject: [CredentialSources],
};

export function accessTokens(options: AccessTokenOptionsInput | undefined): Provider {
  if (!options) return { provide: AccessTokenVerifier, useValue: new NoAccessTokens() };
  const resolved = new AccessTokenOptions(options);
  return {
    provide: AccessTokenVerifier,
    useFactory: (clock: Clock) => new ConfiguredAccessTokenVerifier(clock, resolved),
    inject: [Clock],
  };
}

export function claims({ claims: given, stores, shared }: PortcullisModuleOptions): Provider {
  if (given) return { provide: ClaimStore, useValue: given };
  return {
    provide: ClaimStore,
    useFactory: (clock: Clock, signature: RequestSignatureOptions, integrity: AppIntegrityOptions) => {
      const journal: ReplayJournal = stores?.replayJournal(clock) ?? new NoJournal();
      const aheadSeconds = Math.max(signature.maxAheadSeconds, integrity.skewSeconds);
      if (!shared) return new JournaledClaimStore({ clock, journal, maxAheadMs: aheadSeconds * 1000 });
      // Another node's clock may be ahead of this one's, and admit that much more.
      const nodeSkewMs = signature.nodeSkewSeconds * 1000;
      const maxAheadMs = aheadSeconds * 1000 + nodeSkewMs;
      return shared.claims({ clock, journal, maxAheadMs, nodeSkewMs });
    },
    inject: [Clock, RequestSignatureOptions, AppIntegrityOptions],
  };
}
