import { KeyRing } from '@portcullis/nest';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { RevokedCredentials } from '../../libs/nest/src/authorities/revocations/index.js';
import {
  AccessTokens,
  IssuedAccessTokenVerifier,
  SigningKeyDirectory,
  SigningKeys,
  SigningKeyVault,
  TokenOptions,
  type UserTokenSubject,
  type SigningKeyStore,
  type TokenOptionsInput,
} from '../../libs/nest/src/authorities/tokens/index.js';
import type { Clock } from '../../libs/nest/src/pipeline/index.js';
import {
  ActingContext,
  StoredAuditTrail,
  StoredChangeFeed,
  type Announcements,
} from '../../libs/nest/src/state/index.js';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import { signToken, type Overrides } from '../../libs/nest/src/testing/sign-token.js';
import type { KeyObject } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { noteSecret } from './log-book.js';

export const TOKEN_ISSUER = 'https://bank.example';
export const KEY_RING = new KeyRing([Buffer.alloc(32, 7)]);
const REVOKED_FOR_MS = 7_200_000;

export interface SigningNodeParts {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly options?: Partial<TokenOptionsInput>;
  readonly keyRing?: KeyRing;
  /** Shared by the nodes that are to hear of each other's changes. */
  readonly announcements?: Announcements;
}

/** What one node issues and verifies access tokens with, over the database of all. */
export function signingNode({
  dataSource,
  clock,
  options: given,
  keyRing = KEY_RING,
  announcements = new LocalAnnouncements(),
}: SigningNodeParts) {
  const { transactions, signingKeys, changes: store, audit } = typeOrmStores(dataSource);
  const changes = new StoredChangeFeed({ store, transactions, announcements, clock, staleAfterMs: 60_000 });
  const options = new TokenOptions({ issuer: TOKEN_ISSUER, ...given });
  const vault = new SigningKeyVault(keyRing);
  const watched = countingStore(signingKeys);
  const directory = new SigningKeyDirectory(watched.store, vault, options, clock, changes);
  const trail = new StoredAuditTrail(audit, new ActingContext(), clock);
  const keys = new SigningKeys(signingKeys, vault, transactions, changes, trail, options, clock);
  const revoked = new RevokedCredentials(changes, clock);
  const tokens = new AccessTokens(directory, keys, vault, options);
  return {
    transactions,
    changes,
    audit,
    options,
    directory,
    keys,
    tokens,
    watched,
    verifier: new IssuedAccessTokenVerifier({ directory, revoked, options, clock }),
    /** A token of the subject, noted as what must be in no log. */
    issue: async (subject: Partial<UserTokenSubject> = {}) => {
      const issued = await tokens.issue({ ...aSubject(clock.now()), ...subject });
      noteSecret(issued.accessToken);
      return issued;
    },
    /** As whoever had stolen the key that signs could make it. */
    forge: async ({ claims, header, key }: Forgery = {}) => {
      const record = await keys.makeFirst();
      const { signing } = vault.open(record);
      const standing = claimsOf((await tokens.issue(aSubject(clock.now()))).accessToken);
      return noteSecret(
        signToken({
          type: 'at+jwt',
          key: { key: key ?? signing.key, kid: record.kid },
          claims: { ...standing, ...claims },
          header,
        }),
      );
    },
    revoke: (kind: 'revoked-token' | 'revoked-session', id: string) =>
      changes.record([{ kind, id, expiresAt: new Date(clock.now() + REVOKED_FOR_MS) }]),
    revokeBefore: (kind: 'revoked-user' | 'revoked-app' | 'revoked-all', id: string, before: Date) =>
      changes.record([{ kind, id, before, expiresAt: new Date(clock.now() + REVOKED_FOR_MS) }]),
  };
}

export type SigningNode = ReturnType<typeof signingNode>;

interface Forgery {
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly key?: KeyObject;
}

/** Not verified. */
export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()) as Record<
    string,
    unknown
  >;
}

/** Not verified. */
export function kidOf(token: string): string {
  const header = Buffer.from(token.split('.')[0] as string, 'base64url').toString();
  return (JSON.parse(header) as { kid: string }).kid;
}

export function aSubject(nowMs: number): UserTokenSubject {
  return {
    userId: 'user-1',
    appId: 'bank-ios',
    scopes: ['accounts:read', 'transfers:write'],
    sessionId: 'session-1',
    sessionBegunAt: new Date(nowMs - 60_123),
    issuedAtMs: nowMs,
  };
}

/** The store, how often it was read, and what to wait for, or fail with, before it is read and before it answers. */
function countingStore(real: SigningKeyStore) {
  const watched = {
    reads: 0,
    before: async (): Promise<void> => undefined,
    after: async (): Promise<void> => undefined,
    store: Object.assign(Object.create(real) as SigningKeyStore, {
      list: async () => {
        watched.reads++;
        await watched.before();
        const records = await real.list();
        await watched.after();
        return records;
      },
    }),
  };
  return watched;
}
