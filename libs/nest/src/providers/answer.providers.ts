import type { Provider } from '@nestjs/common';
import { AdminKeyDirectory } from '../authorities/admin-keys/index.js';
import { AppDirectory, AppPolicies, ClientApps, SecretVault } from '../authorities/apps/index.js';
import { RevokedCredentials } from '../authorities/revocations/index.js';
import { NoSessions, SessionDirectory } from '../authorities/sessions/index.js';
import { GrantedPermissions, UserAccounts, UserDirectory } from '../authorities/users/index.js';
import { IntegritySecrets } from '../layers/app-integrity/index.js';
import { AppRegistry } from '../layers/app-key/index.js';
import { SigningSecrets } from '../layers/request-signature/index.js';
import { SessionKeys, UserPermissions } from '../layers/user/index.js';
import { Clock } from '../pipeline/index.js';
import { ChangeFeed } from '../state/index.js';
import { MemoryAppRegistry } from '../stores/memory/index.js';
import { absent } from './absent.js';
import { from } from './provide.js';

/** What the layers ask, answered from the database's copies or from the list in the configuration. */
export const ANSWERS: Provider[] = [
  from(
    AppRegistry,
    ({ given, copies }, changes: ChangeFeed, vault: SecretVault, clock: Clock) =>
      given.stores
        ? new AppDirectory({ store: given.stores.apps, vault, changes, clock, ...copies })
        : new MemoryAppRegistry(given.apps ?? []),
    ChangeFeed,
    SecretVault,
    Clock,
  ),
  from(SigningSecrets, (_, registry: RegistryOfSecrets) => registry.signingSecrets, AppRegistry),
  from(IntegritySecrets, (_, registry: RegistryOfSecrets) => registry.integritySecrets, AppRegistry),
  from(
    AppPolicies,
    (_, registry: RegistryOfSecrets) =>
      registry instanceof AppDirectory ? registry.policies : absent('AppPolicies'),
    AppRegistry,
  ),
  from(
    ClientApps,
    (_, registry: RegistryOfSecrets) =>
      registry instanceof AppDirectory ? registry.clients : absent('ClientApps'),
    AppRegistry,
  ),
  from(
    SessionKeys,
    ({ given, sessions }, changes: ChangeFeed, revoked: RevokedCredentials, clock: Clock) =>
      given.stores && given.keyRing
        ? new SessionDirectory(given.stores.sessions, given.keyRing, sessions, clock, changes, revoked)
        : new NoSessions(),
    ChangeFeed,
    RevokedCredentials,
    Clock,
  ),
  from(
    UserPermissions,
    ({ given, copies }, changes: ChangeFeed, accounts: UserAccounts, clock: Clock) =>
      given.stores ? new UserDirectory({ accounts, changes, clock, ...copies }) : new GrantedPermissions(),
    ChangeFeed,
    UserAccounts,
    Clock,
  ),
  from(
    AdminKeyDirectory,
    ({ given, copies }, changes: ChangeFeed, clock: Clock) =>
      given.stores && given.keyRing
        ? new AdminKeyDirectory({
            store: given.stores.adminKeys,
            keyRing: given.keyRing,
            changes,
            clock,
            ...copies,
          })
        : absent<AdminKeyDirectory>('AdminKeyDirectory'),
    ChangeFeed,
    Clock,
  ),
];

type RegistryOfSecrets = AppDirectory | MemoryAppRegistry;
