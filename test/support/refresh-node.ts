import type { Clock, KeyRing } from '@portcullis/nest';
import { typeOrmStores } from '@portcullis/nest/typeorm';
import { newOpaqueKey } from '../../libs/nest/src/crypto/index.js';
import {
  RevocationRetention,
  Revocations,
  RevokedCredentials,
  type RevocableSessions,
} from '../../libs/nest/src/authorities/revocations/index.js';
import {
  KnownFamilyTerms,
  RefreshFamilies,
  RefreshReuse,
  RefreshTokens,
  TokenOptions,
  type NewFamily,
  type TokenOptionsInput,
} from '../../libs/nest/src/authorities/tokens/index.js';
import { PasswordHasher, StoredUserAccounts } from '../../libs/nest/src/authorities/users/index.js';
import { ActingContext, StoredAuditTrail, StoredChangeFeed } from '../../libs/nest/src/state/index.js';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';
import type { DataSource } from 'typeorm';
import { noteSecret } from './log-book.js';
import { aSession } from './registry-records.js';

export interface RefreshNodeParts {
  readonly dataSource: DataSource;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly options?: Omit<TokenOptionsInput, 'issuer'>;
}

export interface StartedFamily {
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly appId: string;
}

/** Refresh families as one node has them, over the database of all. */
export function refreshNode({ dataSource, keyRing, clock, options = {} }: RefreshNodeParts) {
  const stores = typeOrmStores(dataSource, { databaseIsOpenTo: 'this-process' });
  const { transactions, refreshFamilies: store } = stores;
  const tokenOptions = new TokenOptions({ issuer: 'https://bank.example', ...options });
  const changes = new StoredChangeFeed({
    store: stores.changes,
    transactions,
    announcements: new LocalAnnouncements(),
    clock,
    staleAfterMs: 60_000,
  });
  const revoked = new RevokedCredentials(changes, clock);
  const acting = new ActingContext();
  const audit = new StoredAuditTrail(stores.audit, acting, clock);
  const retention = new RevocationRetention([tokenOptions.keyOutlivesItsUseMs]);
  const sessions: RevocableSessions = stores.sessions;
  const tokens = new RefreshTokens(keyRing);
  const reuse = new RefreshReuse(store, sessions, transactions, changes, audit, retention, tokenOptions);
  const terms = new KnownFamilyTerms(store);
  const families = new RefreshFamilies(store, terms, tokens, reuse, revoked, tokenOptions, clock);
  const accounts = new StoredUserAccounts(stores.users, new PasswordHasher());

  const { changes: recorded } = stores;

  return {
    stores,
    revocations: new Revocations(
      sessions,
      accounts,
      changes,
      recorded,
      transactions,
      audit,
      retention,
      clock,
    ),
    store,
    tokens,
    families,
    changes,
    revoked,
    acting,
    /** A session with tokens, of an app that is registered. */
    async start(given: Partial<NewFamily> & Pick<NewFamily, 'appId'>): Promise<StartedFamily> {
      const createdAt = new Date(clock.now());
      const sessionId = newOpaqueKey().id;
      const family = {
        userId: 'user-1',
        scopes: ['accounts:read', 'transfers:write'],
        boundKey: null,
        resource: null,
        ...given,
      };
      const { appId, userId, scopes } = family;
      const expiresAt = new Date(clock.now() + tokenOptions.refreshAbsoluteTtlMs);
      const { refreshToken } = await transactions.run(async () => {
        await stores.sessions.insert(
          aSession({
            id: sessionId,
            kind: 'tokens',
            userId,
            appId,
            scopes,
            createdAt,
            lastUsedAt: createdAt,
            expiresAt,
          }),
        );
        return families.begin({ ...family, sessionId, createdAt });
      });
      return { sessionId, refreshToken: noteSecret(refreshToken), appId };
    },
    /** Redeems as the app would that holds it, unless told otherwise. */
    async redeem(
      refreshToken: string,
      given: Partial<Parameters<RefreshFamilies['redeem']>[0]> & { readonly appId: string },
    ) {
      const redeemed = await families.redeem({
        token: families.read(refreshToken),
        boundKey: null,
        rotates: true,
        ...given,
      });
      noteSecret(redeemed.refreshToken);
      return redeemed;
    },
    /** Why it is refused, and whether that was an alarm. */
    async refusal(
      refreshToken: string,
      given: Partial<Parameters<RefreshFamilies['redeem']>[0]> & { readonly appId: string },
    ): Promise<{ reason: string; alarm: boolean }> {
      try {
        await this.redeem(refreshToken, given);
      } catch (error) {
        const { reason = String(error), stolen } = error as { reason?: string; stolen?: object };
        return { reason, alarm: stolen !== undefined };
      }
      throw new Error('was redeemed');
    },
    async auditOf(sessionId: string): Promise<string[]> {
      const events = await stores.audit.find({ subject: sessionId, limit: 100 });
      return events.map(({ action }) => action);
    },
  };
}

export type RefreshNode = ReturnType<typeof refreshNode>;
