import type { BegunBefore } from '../../authorities/revocations/index.js';
import {
  SessionStore,
  type LiveAt,
  type SessionRecord,
  type SessionsThrough,
} from '../../authorities/sessions/index.js';
import { isId, isUserId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const SESSION = `session.id, session.kind, session.secret_hash AS "secretHash", session.user_id AS "userId",
  session.app_id AS "appId", session.scopes, session.device, session.started_from AS "startedFrom",
  session.created_at AS "createdAt", session.last_used_at AS "lastUsedAt", session.expires_at AS "expiresAt"`;

/** Where a session is live. A session with tokens ends with its refresh tokens; one that has none, when it was to end. */
const LIVE_WITH_FAMILY = (now: string, usedSince: string) =>
  `session.expires_at > ${now} AND CASE session.kind
     WHEN 'opaque' THEN session.last_used_at >= ${usedSince}
     ELSE coalesce(family.idle_expires_at > ${now}, true) END`;

const WITH_FAMILY = `portcullis_sessions session
  LEFT JOIN portcullis_refresh_families family ON family.session_id = session.id`;

/**
 * Revocations of a kind: for each thing the latest moment. From here to the sessions, and a kind at a time: the other way
 * round every session was compared with every revocation.
 */
const CUT_OFFS = (which: string) => `WITH cut_off AS MATERIALIZED (
    SELECT subject, max(before) AS before FROM portcullis_changes WHERE ${which} GROUP BY subject
  )`;

const COVERED = {
  'revoked-user': 'session.user_id = cut_off.subject',
  'revoked-app': 'session.app_id = cut_off.subject',
  'revoked-all': 'true',
} as const;

/** So that no statement holds locks for long. */
const AT_ONCE = 1_000;

/** Sessions in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmSessionStore extends SessionStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(session: SessionRecord): Promise<boolean> {
    const { id, kind, secretHash, userId, appId, scopes, device, startedFrom } = session;
    const { createdAt, lastUsedAt, expiresAt } = session;
    if (!isUserId(userId)) throw new TypeError('sessions: expected a user id of 1 to 256 characters');
    // Locked, so that an app removed at the same moment is not found, rather than a violated foreign key.
    const inserted = await this.transactions.rows(
      `INSERT INTO portcullis_sessions (id, kind, secret_hash, user_id, app_id, scopes, device, started_from,
         created_at, last_used_at, expires_at)
       SELECT $1, $2, $3, $4, app.id, $6, $7, $8, $9, $10, $11
       FROM portcullis_apps app WHERE app.id = $5 FOR KEY SHARE
       RETURNING id`,
      [id, kind, secretHash, userId, appId, scopes, device, startedFrom, createdAt, lastUsedAt, expiresAt],
    );
    return inserted.length > 0;
  }

  override async find(id: string): Promise<SessionRecord | undefined> {
    if (!isId(id)) return undefined;
    const [session] = await this.transactions.rows<SessionRecord>(
      `SELECT ${SESSION} FROM portcullis_sessions session WHERE session.id = $1`,
      [id],
    );
    return session;
  }

  override async listOf(userId: string, { now, usedSince }: LiveAt): Promise<SessionRecord[]> {
    if (!isUserId(userId)) return [];
    return this.transactions.rows<SessionRecord>(
      `SELECT ${SESSION} FROM ${WITH_FAMILY}
       WHERE session.user_id = $1 AND ${LIVE_WITH_FAMILY('$2', '$3')}
       ORDER BY session.created_at DESC, session.id`,
      [userId, now, usedSince],
    );
  }

  override async remove(
    id: string,
    { userId, appId }: Partial<SessionsThrough> = {},
  ): Promise<SessionRecord | undefined> {
    if (!isId(id) || (userId !== undefined && !isUserId(userId))) return undefined;
    if (appId !== undefined && !isId(appId)) return undefined;
    const [removed] = await this.transactions.rows<SessionRecord>(
      `DELETE FROM portcullis_sessions session
       WHERE session.id = $1 AND ($2::text IS NULL OR session.user_id = $2)
         AND ($3::text IS NULL OR session.app_id = $3) RETURNING ${SESSION}`,
      [id, userId ?? null, appId ?? null],
    );
    return removed;
  }

  override async removeAllOf(userId: string, before?: Date): Promise<string[]> {
    if (!isUserId(userId)) return [];
    const removed = await this.transactions.rows<Pick<SessionRecord, 'id'>>(
      `DELETE FROM portcullis_sessions
       WHERE user_id = $1 AND ($2::timestamptz IS NULL OR created_at < $2) RETURNING id`,
      [userId, before ?? null],
    );
    return removed.map(({ id }) => id);
  }

  override async removeAllThrough({ userId, appId }: SessionsThrough): Promise<string[]> {
    if (!isUserId(userId) || !isId(appId)) return [];
    const removed = await this.transactions.rows<Pick<SessionRecord, 'id'>>(
      'DELETE FROM portcullis_sessions WHERE user_id = $1 AND app_id = $2 RETURNING id',
      [userId, appId],
    );
    return removed.map(({ id }) => id);
  }

  override async removeBegunBefore({ userId, appId, before }: BegunBefore): Promise<number> {
    if (userId !== undefined && !isUserId(userId)) return 0;
    if (appId !== undefined && !isId(appId)) return 0;
    // Not one statement for all cases: with alternatives in it, neither index would be used.
    const named = [
      ...(userId === undefined ? [] : [['user_id', userId] as const]),
      ...(appId === undefined ? [] : [['app_id', appId] as const]),
    ];
    const conditions = named.map(([column], at) => ` AND session.${column} = $${at + 2}`).join('');
    return this.removeThose({
      from: 'portcullis_sessions session',
      where: `session.created_at < $1${conditions}`,
      values: [before, ...named.map(([, value]) => value)],
    });
  }

  override async removeRevoked(): Promise<number> {
    for (const [kind, condition] of Object.entries(COVERED)) {
      // oxlint-disable-next-line no-await-in-loop -- until one of them removes some
      const removed = await this.removeThose({
        given: CUT_OFFS('kind = $1'),
        from: `cut_off JOIN portcullis_sessions session ON ${condition}`,
        where: 'session.created_at < cut_off.before',
        values: [kind],
      });
      if (removed > 0) return removed;
    }
    return 0;
  }

  override async hasRevoked(now: Date): Promise<boolean> {
    for (const [kind, condition] of Object.entries(COVERED)) {
      // oxlint-disable-next-line no-await-in-loop -- until one of them finds one
      const found = await this.transactions.rows(
        `${CUT_OFFS('kind = $1 AND expires_at < $2')}
         SELECT FROM cut_off JOIN portcullis_sessions session ON ${condition}
         WHERE session.created_at < cut_off.before LIMIT 1`,
        [kind, now],
      );
      if (found.length > 0) return true;
    }
    return false;
  }

  override removeOver({ now, usedSince }: LiveAt): Promise<number> {
    const where = `NOT (${LIVE_WITH_FAMILY('$1', '$2')})`;
    return this.removeThose({ from: WITH_FAMILY, where, values: [now, usedSince] });
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

  /** What another transaction is just touching or removing is left to it. */
  private async removeThose({ given = '', from, where, values }: Those): Promise<number> {
    const removed = await this.transactions.rows<Pick<SessionRecord, 'id'>>(
      `${given} DELETE FROM portcullis_sessions WHERE id IN (
         SELECT session.id FROM ${from} WHERE ${where} LIMIT ${AT_ONCE} FOR UPDATE OF session SKIP LOCKED
       ) RETURNING id`,
      values,
    );
    return removed.length;
  }
}

/** Sessions to remove, as parts of a statement in which the table is called `session`. */
interface Those {
  readonly given?: string;
  readonly from: string;
  readonly where: string;
  readonly values: readonly unknown[];
}
