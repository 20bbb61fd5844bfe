import {
  PORTCULLIS_ENTITIES,
  PORTCULLIS_MIGRATIONS,
  typeOrmStores,
  type TypeOrmStores,
} from '@portcullis/nest/typeorm';
import type { Clock, KeyRing } from '@portcullis/nest';
import { Apps, OfferedSessionKinds, SecretVault } from '../../libs/nest/src/authorities/apps/index.js';
import { Consents } from '../../libs/nest/src/authorities/authorizations/index.js';
import { ResourceDirectory, ResourceServers } from '../../libs/nest/src/authorities/resources/index.js';
import {
  RevocationRetention,
  RevokedCredentials,
} from '../../libs/nest/src/authorities/revocations/index.js';
import {
  DeviceProofs,
  IssuedSessionTokens,
  NoSessionTokens,
  SessionDirectory,
  SessionOptions,
  Sessions,
  SignIn,
  StoredUserSessions,
} from '../../libs/nest/src/authorities/sessions/index.js';
import {
  AccessTokens,
  IssuedAccessTokenVerifier,
  KnownFamilyTerms,
  RefreshFamilies,
  RefreshReuse,
  RefreshTokens,
  SigningKeyDirectory,
  SigningKeys,
  SigningKeyVault,
  TokenOptions,
  type TokenOptionsInput,
} from '../../libs/nest/src/authorities/tokens/index.js';
import { PasswordHasher, StoredUserAccounts, Users } from '../../libs/nest/src/authorities/users/index.js';
import {
  ActingContext,
  StoredAuditTrail,
  StoredChangeFeed,
  type AuditTrail,
  type ChangeFeed,
  type StoredChangeFeedParts,
} from '../../libs/nest/src/state/index.js';
import { LocalAnnouncements, MemoryAttemptStore } from '../../libs/nest/src/stores/memory/index.js';
import type { OpenedDatabase, Tables } from './databases.js';

export const REGISTRY_TABLES: Tables = {
  entities: PORTCULLIS_ENTITIES as NonNullable<Tables['entities']>,
  migrations: PORTCULLIS_MIGRATIONS,
};

export interface AuthorityNodeParts {
  readonly database: OpenedDatabase;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  /** Shared with the nodes that hear of this one's changes at once. */
  readonly changes?: ChangeFeed;
  readonly attempts?: MemoryAttemptStore;
  readonly hasher?: PasswordHasher;
  /** Without these it issues no tokens. */
  readonly tokens?: Partial<TokenOptionsInput>;
}

/** The authorities as one node has them, over the database of all. */
export function authorityNode({ database, keyRing, clock, ...given }: AuthorityNodeParts) {
  const stores = typeOrmStores(database.dataSource);
  const { transactions } = stores;
  const { attempts = new MemoryAttemptStore(), hasher = new PasswordHasher() } = given;
  const { changes = changeFeed({ store: stores.changes, transactions, clock }) } = given;
  const options = new SessionOptions();
  const audit = new StoredAuditTrail(stores.audit, new ActingContext(), clock);
  const retention = new RevocationRetention([]);
  const revoked = new RevokedCredentials(changes, clock);
  const ofUsers = new StoredUserSessions(stores.sessions, transactions, changes, audit, retention, clock);
  const accounts = new StoredUserAccounts(stores.users, hasher);
  const vault = new SecretVault(keyRing);
  const offered = new OfferedSessionKinds(given.tokens ? ['opaque', 'tokens'] : ['opaque']);
  const shared = { keyRing, clock, changes, audit, retention, revoked };
  const tokens = given.tokens && tokenAuthorities(stores, { ...shared, options: given.tokens });
  return {
    stores,
    users: new Users(stores.users, hasher, ofUsers, transactions, changes, audit, clock),
    accounts,
    apps: new Apps(stores.apps, vault, transactions, changes, audit, retention, offered, clock),
    sessions: new Sessions(
      stores.sessions,
      accounts,
      ofUsers,
      keyRing,
      tokens?.ofSessions ?? new NoSessionTokens(),
      transactions,
      changes,
      audit,
      retention,
      options,
      clock,
    ),
    directory: new SessionDirectory(stores.sessions, keyRing, options, clock, changes, revoked),
    signIn: new SignIn(accounts, attempts, new DeviceProofs(keyRing, options, clock), options, clock),
    resources: new ResourceServers(stores.resources, stores.apps, transactions, changes, audit, clock),
    resourceDirectory: new ResourceDirectory({
      store: stores.resources,
      changes,
      clock,
      maxAgeMs: 60_000,
      capacity: 100,
    }),
    consents: new Consents(
      stores.consents,
      stores.sessions,
      accounts,
      transactions,
      changes,
      audit,
      retention,
      clock,
    ),
    changes,
    tokens,
  };
}

interface TokenAuthorityParts extends Pick<AuthorityNodeParts, 'keyRing' | 'clock'> {
  readonly options: Partial<TokenOptionsInput>;
  readonly changes: ChangeFeed;
  readonly audit: AuditTrail;
  readonly retention: RevocationRetention;
  readonly revoked: RevokedCredentials;
}

/** What issues tokens, redeems them, and says whether they hold. */
function tokenAuthorities(stores: TypeOrmStores, parts: TokenAuthorityParts) {
  const { keyRing, clock, changes, audit, retention, revoked } = parts;
  const options = new TokenOptions({ issuer: 'https://bank.example', ...parts.options });
  const vault = new SigningKeyVault(keyRing);
  const directory = new SigningKeyDirectory(stores.signingKeys, vault, options, clock, changes);
  const keys = new SigningKeys(
    stores.signingKeys,
    vault,
    stores.transactions,
    changes,
    audit,
    options,
    clock,
  );
  const { refreshFamilies, sessions, transactions } = stores;
  const reuse = new RefreshReuse(refreshFamilies, sessions, transactions, changes, audit, retention, options);
  const texts = new RefreshTokens(keyRing);
  const terms = new KnownFamilyTerms(refreshFamilies);
  const families = new RefreshFamilies(refreshFamilies, terms, texts, reuse, revoked, options, clock);
  const accessTokens = new AccessTokens(directory, keys, vault, options);
  return {
    families,
    verifier: new IssuedAccessTokenVerifier({ directory, revoked, options, clock }),
    ofSessions: new IssuedSessionTokens(accessTokens, families, options),
  };
}

/** As one node has it that nobody pokes. */
function changeFeed(
  parts: Pick<StoredChangeFeedParts, 'store' | 'transactions' | 'clock'>,
): StoredChangeFeed {
  return new StoredChangeFeed({ ...parts, announcements: new LocalAnnouncements(), staleAfterMs: 60_000 });
}

export type AuthorityNode = ReturnType<typeof authorityNode>;
