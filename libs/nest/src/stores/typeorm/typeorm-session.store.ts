import { SessionStore, type LiveAt, type SessionRecord } from '../../authorities/sessions/index.js';
import { isId, isUserId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const SESSION = `id, secret_hash AS "secretHash", user_id AS "userId", app_id AS "appId", scopes,
  created_at AS "createdAt", last_used_at AS "lastUsedAt", expires_at AS "expiresAt"`;

/** So that no statement holds locks for long. */
const OVER_AT_ONCE = 1_000;

/** Sessions in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmSessionStore extends SessionStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(session: SessionRecord): Promise<boolean> {
    const { id, secretHash, userId, appId, scopes, createdAt, lastUsedAt, expiresAt } = session;
    if (!isUserId(userId)) throw new TypeError('sessions: expected a user id of 1 to 256 characters');
    // Locked, so that an app removed at the same moment is not found, rather than a violated foreign key.
    const inserted = await this.transactions.rows(
      `INSERT INTO portcullis_sessions
         (id, secret_hash, user_id, app_id, scopes, created_at, last_used_at, expires_at)
       SELECT $1, $2, $3, app.id, $5, $6, $7, $8 FROM portcullis_apps app WHERE app.id = $4 FOR KEY SHARE
       RETURNING id`,
      [id, secretHash, userId, appId, scopes, createdAt, lastUsedAt, expiresAt],
    );
    return inserted.length > 0;
  }

  override async find(id: string): Promise<SessionRecord | undefined> {
    if (!isId(id)) return undefined;
    const [session] = await this.transactions.rows<SessionRecord>(
      `SELECT ${SESSION} FROM portcullis_sessions WHERE id = $1`,
      [id],
    );
    return session;
  }

  override async listOf(userId: string, { now, usedSince }: LiveAt): Promise<SessionRecord[]> {
    if (!isUserId(userId)) return [];
    return this.transactions.rows<SessionRecord>(
      `SELECT ${SESSION} FROM portcullis_sessions
       WHERE user_id = $1 AND expires_at > $2 AND last_used_at >= $3 ORDER BY created_at DESC, id`,
      [userId, now, usedSince],
    );
  }

  override async remove(id: string, userId?: string): Promise<SessionRecord | undefined> {
    if (!isId(id) || (userId !== undefined && !isUserId(userId))) return undefined;
    const [removed] = await this.transactions.rows<SessionRecord>(
      `DELETE FROM portcullis_sessions WHERE id = $1 AND ($2::text IS NULL OR user_id = $2) RETURNING ${SESSION}`,
      [id, userId ?? null],
    );
    return removed;
  }

  override async removeAllOf(userId: string): Promise<string[]> {
    if (!isUserId(userId)) return [];
    const removed = await this.transactions.rows<Pick<SessionRecord, 'id'>>(
      'DELETE FROM portcullis_sessions WHERE user_id = $1 RETURNING id',
      [userId],
    );
    return removed.map(({ id }) => id);
  }

  override async removeOver({ now, usedSince }: LiveAt): Promise<number> {
    // What another node is just touching or removing is left to it.
    const removed = await this.transactions.rows<Pick<SessionRecord, 'id'>>(
      `DELETE FROM portcullis_sessions WHERE id IN (
         SELECT id FROM portcullis_sessions WHERE expires_at <= $1 OR last_used_at < $2
         LIMIT ${OVER_AT_ONCE} FOR UPDATE SKIP LOCKED
       ) RETURNING id`,
      [now, usedSince],
    );
    return removed.length;
  }

  override async touch(lastUses: ReadonlyMap<string, Date>): Promise<void> {
    const uses = [...lastUses].filter(([id]) => isId(id));
    if (uses.length === 0) return;
    // Locked in one order, for two nodes that note the same sessions would otherwise wait for each other; and compared
    // once locked, with what was committed meanwhile.
    await this.transactions.rows(
      `WITH used AS MATERIALIZED (
         SELECT session.id, used.at
         FROM unnest($1::text[], $2::timestamptz[]) AS used (id, at)
         JOIN portcullis_sessions session ON session.id = used.id AND session.last_used_at < used.at
         ORDER BY session.id FOR NO KEY UPDATE OF session
       )
       UPDATE portcullis_sessions session SET last_used_at = used.at FROM used WHERE session.id = used.id`,
      [uses.map(([id]) => id), uses.map(([, at]) => at)],
    );
  }
}
