import { PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import type { KeyRing } from '@portcullis/nest';
import { Apps, SecretVault } from '../../libs/nest/src/authorities/apps/index.js';
import {
  SessionDirectory,
  SessionOptions,
  Sessions,
  SignIn,
  StoredUserSessions,
} from '../../libs/nest/src/authorities/sessions/index.js';
import { PasswordHasher, StoredUserAccounts, Users } from '../../libs/nest/src/authorities/users/index.js';
import { ActingContext, StoredAuditTrail } from '../../libs/nest/src/state/index.js';
import { LocalAnnouncements, MemoryAttemptStore } from '../../libs/nest/src/stores/memory/index.js';
import type { OpenedDatabase, Tables } from './databases.js';
import type { TestClock } from './host-app.js';

export const REGISTRY_TABLES: Tables = {
  entities: PORTCULLIS_ENTITIES as NonNullable<Tables['entities']>,
  migrations: PORTCULLIS_MIGRATIONS,
};

export interface AuthorityNodeParts {
  readonly database: OpenedDatabase;
  readonly keyRing: KeyRing;
  readonly clock: TestClock;
  /** Shared with the nodes that hear of this one's changes. */
  readonly announcements?: LocalAnnouncements;
  readonly attempts?: MemoryAttemptStore;
  readonly hasher?: PasswordHasher;
}

/** The authorities as one node has them, over the database of all. */
export function authorityNode({
  database,
  keyRing,
  clock,
  announcements = new LocalAnnouncements(),
  attempts = new MemoryAttemptStore(),
  hasher = new PasswordHasher(),
}: AuthorityNodeParts) {
  const { transactions, ...stores } = typeOrmStores(database.dataSource);
  const options = new SessionOptions();
  const audit = new StoredAuditTrail(stores.audit, new ActingContext(), clock);
  const ofUsers = new StoredUserSessions(stores.sessions, transactions, announcements, audit);
  const accounts = new StoredUserAccounts(stores.users, hasher);
  const users = new Users(stores.users, hasher, ofUsers, transactions, announcements, audit, clock);
  const vault = new SecretVault(keyRing);
  return {
    users,
    accounts,
    apps: new Apps(stores.apps, vault, transactions, announcements, audit, clock),
    sessions: new Sessions(
      stores.sessions,
      accounts,
      ofUsers,
      keyRing,
      transactions,
      announcements,
      audit,
      options,
      clock,
    ),
    directory: new SessionDirectory(stores.sessions, keyRing, options, clock, announcements),
    signIn: new SignIn(accounts, attempts, options, clock),
    announcements,
  };
}

export type AuthorityNode = ReturnType<typeof authorityNode>;
