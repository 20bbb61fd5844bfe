import { QueryFailedError } from 'typeorm';
import {
  UserStore,
  type UserChanges,
  type UserRecord,
  type UserWithApps,
} from '../../authorities/users/index.js';
import { validationFailed } from '../../pipeline/index.js';
import { assignChanges } from './assign-changes.js';
import { isId, isKeptAsItIs, isUuid } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const USER = `app_user.id, app_user.username, app_user.username_key AS "usernameKey",
  app_user.password_hash AS "passwordHash", app_user.scopes, app_user.suspended, app_user.created_at AS "createdAt"`;

/** SQLSTATE of a foreign key that would be left without its row. */
const STILL_REFERRED_TO = new Set(['23503', '23001']);

const CHANGEABLE: Readonly<Record<keyof UserChanges, string>> = {
  passwordHash: 'password_hash',
  scopes: 'scopes',
  suspended: 'suspended',
};

/** Both are null in the one row of a user whom no app limits. */
interface JoinedRow extends UserRecord {
  readonly limitingAppId: string | null;
  readonly limit: readonly string[] | null;
}

function withApps(rows: readonly [JoinedRow, ...JoinedRow[]]): UserWithApps {
  const scopesByApp = new Map<string, readonly string[]>();
  for (const { limitingAppId, limit } of rows) {
    if (limitingAppId !== null && limit !== null) scopesByApp.set(limitingAppId, limit);
  }
  const { limitingAppId: _, limit: _limit, ...user } = rows[0];
  return { user, scopesByApp };
}

/** Users in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmUserStore extends UserStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(user: UserRecord): Promise<boolean> {
    const { id, username, usernameKey, passwordHash, scopes, suspended, createdAt } = user;
    if (!isUuid(id)) throw new TypeError('users: expected the id to be a UUID in lower case');
    const inserted = await this.transactions.rows(
      `INSERT INTO portcullis_users (id, username, username_key, password_hash, scopes, suspended, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (username_key) DO NOTHING RETURNING id`,
      [id, username, usernameKey, passwordHash, scopes, suspended, createdAt],
    );
    return inserted.length > 0;
  }

  override async find(id: string): Promise<UserWithApps | undefined> {
    if (!isUuid(id)) return undefined;
    const [first, ...others] = await this.transactions.rows<JoinedRow>(
      `SELECT ${USER}, limited.app_id AS "limitingAppId", limited.scopes AS "limit" FROM portcullis_users app_user
       LEFT JOIN portcullis_user_app_scopes limited ON limited.user_id = app_user.id
       WHERE app_user.id = $1`,
      [id],
    );
    return first && withApps([first, ...others]);
  }

  override async findByUsernameKey(usernameKey: string): Promise<UserRecord | undefined> {
    if (!isKeptAsItIs(usernameKey)) return undefined;
    const [user] = await this.transactions.rows<UserRecord>(
      `SELECT ${USER} FROM portcullis_users app_user WHERE app_user.username_key = $1`,
      [usernameKey],
    );
    return user;
  }

  override list(): Promise<UserRecord[]> {
    return this.transactions.rows<UserRecord>(
      `SELECT ${USER} FROM portcullis_users app_user ORDER BY app_user.username, app_user.id`,
    );
  }

  override async update(id: string, changes: UserChanges): Promise<UserRecord | undefined> {
    if (!isUuid(id)) return undefined;
    const { sql, values } = assignChanges(CHANGEABLE, changes);
    const [user] = await this.transactions.rows<UserRecord>(
      `UPDATE portcullis_users app_user SET ${sql} WHERE app_user.id = $1 RETURNING ${USER}`,
      [id, ...values],
    );
    return user;
  }

  override async remove(id: string): Promise<boolean> {
    if (!isUuid(id)) return false;
    try {
      return await this.transactions.run(async () => {
        const sql = 'DELETE FROM portcullis_users WHERE id = $1 RETURNING id';
        if ((await this.transactions.rows(sql, [id])).length === 0) return false;
        // A statement of its own, after the user is locked: it sees the session of a sign-in that had to be waited for.
        await this.transactions.rows('DELETE FROM portcullis_sessions WHERE user_id = $1', [id]);
        await this.transactions.rows('DELETE FROM portcullis_consents WHERE user_id = $1', [id]);
        return true;
      });
    } catch (error) {
      if (error instanceof QueryFailedError && STILL_REFERRED_TO.has(error.driverError.code as string))
        throw validationFailed({ id: 'has records that must be kept; suspend the user instead' });
      throw error;
    }
  }

  override async setAppScopes(id: string, appId: string, scopes: readonly string[]): Promise<boolean> {
    if (!isUuid(id) || !isId(appId)) return false;
    // Locked, so that one removed at the same moment is not found, rather than a violated foreign key.
    const set = await this.transactions.rows(
      `INSERT INTO portcullis_user_app_scopes (user_id, app_id, scopes)
       SELECT app_user.id, app.id, $3::text[] FROM portcullis_users app_user CROSS JOIN portcullis_apps app
       WHERE app_user.id = $1 AND app.id = $2 FOR KEY SHARE
       ON CONFLICT (user_id, app_id) DO UPDATE SET scopes = excluded.scopes RETURNING app_id`,
      [id, appId, scopes],
    );
    return set.length > 0;
  }

  override async clearAppScopes(id: string, appId: string): Promise<boolean> {
    if (!isUuid(id) || !isId(appId)) return false;
    const cleared = await this.transactions.rows(
      'DELETE FROM portcullis_user_app_scopes WHERE user_id = $1 AND app_id = $2 RETURNING app_id',
      [id, appId],
    );
    return cleared.length > 0;
  }
}
