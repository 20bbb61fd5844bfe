import {
  RefreshFamilyStore,
  type RedeemedFamily,
  type Redemption,
  type RefreshFamilyRecord,
  type ReplayedFamily,
  type Successor,
} from '../../authorities/tokens/index.js';
import { Gathering } from './gathering.js';
import { PreparedStatement } from './prepared-statement.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const FAMILY = `session_id AS "sessionId", app_id AS "appId", user_id AS "userId", scopes, bound_key AS "boundKey", resource,
  generation, current_hash AS "currentHash", previous_hash AS "previousHash",
  sealed_successor AS "sealedSuccessor", grace_ends_at AS "graceEndsAt", grace_replays AS "graceReplays",
  idle_expires_at AS "idleExpiresAt", expires_at AS "expiresAt", created_at AS "createdAt"`;

/** Few and plain: what a driver does to columns and their types is a good part of a refresh. Scopes hold no spaces. */
const REDEEMED = `user_id AS "userId", array_to_string(scopes, ' ') AS scopes, resource,
  (extract(epoch FROM created_at) * 1000)::float8 AS "createdAt"`;

interface Rotation {
  readonly redemption: Redemption;
  readonly successor: Successor;
}

interface RedeemedRow {
  readonly userId: string;
  readonly scopes: string;
  readonly resource: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly sealedSuccessor?: Buffer | null;
}

/** $1 to $6 of the others: what `valuesOf` gives. */
const REDEEMABLE = `session_id = $1 AND app_id = $3 AND bound_key IS NOT DISTINCT FROM $4
  AND ($5::text[] IS NULL OR scopes @> $5) AND idle_expires_at > $6 AND expires_at > $6`;

/**
 * Several at a time, and compared once locked, with what was committed meanwhile. Of two that are asked about one family, one
 * is answered.
 */
const rotate = (lock: string) =>
  new PreparedStatement(`WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
        $8::bytea[], $9::timestamptz[], $10::timestamptz[]) WITH ORDINALITY
      AS asked (session_id, hash, app_id, bound_key, scopes, now, successor_hash, sealed_successor, grace_ends_at,
        idle_expires_at, place)
  ), locked AS MATERIALIZED (
    SELECT family.session_id FROM portcullis_refresh_families family
    WHERE family.session_id = ANY ($1) ${lock}
  )
  UPDATE portcullis_refresh_families family SET
    generation = family.generation + 1, current_hash = asked.successor_hash, previous_hash = family.current_hash,
    sealed_successor = asked.sealed_successor, grace_replays = 0,
    grace_ends_at = least(asked.grace_ends_at, family.idle_expires_at, family.expires_at),
    idle_expires_at = least(asked.idle_expires_at, family.expires_at)
  FROM asked JOIN locked ON locked.session_id = asked.session_id
  WHERE family.session_id = asked.session_id AND family.app_id = asked.app_id
    AND family.current_hash = asked.hash
    AND family.bound_key IS NOT DISTINCT FROM asked.bound_key
    AND (asked.scopes IS NULL OR family.scopes @> string_to_array(asked.scopes, ' '))
    AND family.idle_expires_at > asked.now AND family.expires_at > asked.now
  RETURNING asked.place::integer, family.user_id AS "userId", array_to_string(family.scopes, ' ') AS scopes,
    family.resource,
    (extract(epoch FROM family.created_at) * 1000)::float8 AS "createdAt"`);

/** What somebody else has locked is left out, or all would wait with it. */
const ROTATE_FREE = rotate('FOR NO KEY UPDATE SKIP LOCKED');
const ROTATE = rotate('FOR NO KEY UPDATE');

const TOUCH = new PreparedStatement(`UPDATE portcullis_refresh_families SET
    sealed_successor = NULL, grace_ends_at = NULL, idle_expires_at = least($7, expires_at)
  WHERE current_hash = $2 AND ${REDEEMABLE} RETURNING ${REDEEMED}`);

const REPLAY = new PreparedStatement(`UPDATE portcullis_refresh_families SET grace_replays = grace_replays + 1
  WHERE previous_hash = $2 AND grace_ends_at > $6 AND grace_replays < $7 AND ${REDEEMABLE}
  RETURNING ${REDEEMED}, sealed_successor AS "sealedSuccessor"`);

const FIND = `SELECT ${FAMILY} FROM portcullis_refresh_families WHERE session_id = $1`;

/** The session first, as whoever ends it does: locked the other way round, two would wait for each other. */
const FIND_LOCKED = `WITH session AS MATERIALIZED (SELECT id FROM portcullis_sessions WHERE id = $1 FOR UPDATE)
  SELECT ${FAMILY} FROM portcullis_refresh_families family JOIN session ON session.id = family.session_id
  FOR UPDATE OF family`;

function valuesOf({ sessionId, hash, appId, boundKey, askedScopes, now }: Redemption): unknown[] {
  // As text: the driver takes longer over a Date than the server over the statement's parsing.
  return [sessionId, hash, appId, boundKey, askedScopes, now.toISOString()];
}

/** $1 to $10 of `rotate`, of each rotation. No scope holds a space. */
const COLUMNS: readonly ((rotation: Rotation) => unknown)[] = [
  ({ redemption }) => redemption.sessionId,
  ({ redemption }) => redemption.hash,
  ({ redemption }) => redemption.appId,
  ({ redemption }) => redemption.boundKey,
  ({ redemption }) => redemption.askedScopes?.join(' ') ?? null,
  ({ redemption }) => redemption.now.toISOString(),
  ({ successor }) => successor.hash,
  ({ successor }) => successor.sealed,
  ({ successor }) => successor.graceEndsAt.toISOString(),
  ({ successor }) => successor.idleExpiresAt.toISOString(),
];

/** Families of refresh tokens in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmRefreshFamilyStore extends RefreshFamilyStore {
  private readonly rotations = new Gathering<Rotation, RedeemedFamily | undefined>((all) =>
    this.transactions.outside(() => this.rotateAll(ROTATE_FREE, all)),
  );

  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(family: RefreshFamilyRecord): Promise<void> {
    await this.transactions.rows(
      `INSERT INTO portcullis_refresh_families
         (session_id, app_id, user_id, scopes, bound_key, generation, current_hash, previous_hash, sealed_successor,
          grace_ends_at, grace_replays, idle_expires_at, expires_at, created_at, resource)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
      [
        family.sessionId,
        family.appId,
        family.userId,
        family.scopes,
        family.boundKey,
        family.generation,
        family.currentHash,
        family.previousHash,
        family.sealedSuccessor,
        family.graceEndsAt,
        family.graceReplays,
        family.idleExpiresAt,
        family.expiresAt,
        family.createdAt,
        family.resource,
      ],
    );
  }

  override async rotate(redemption: Redemption, successor: Successor): Promise<RedeemedFamily | undefined> {
    if (!isId(redemption.sessionId) || !isId(redemption.appId)) return undefined;
    const rotation = { redemption, successor };
    const together = this.transactions.isRunning ? undefined : await this.rotations.ask(rotation);
    if (together) return together;
    // For good, or left out: alone it may wait, and nobody waits with it.
    const [alone] = await this.rotateAll(ROTATE, [rotation]);
    return alone;
  }

  override touch(redemption: Redemption, idleExpiresAt: Date): Promise<RedeemedFamily | undefined> {
    return this.change(TOUCH, redemption, [idleExpiresAt.toISOString()]);
  }

  override replay(redemption: Redemption, mostReplays: number): Promise<ReplayedFamily | undefined> {
    return this.change(REPLAY, redemption, [mostReplays]);
  }

  override find(sessionId: string): Promise<RefreshFamilyRecord | undefined> {
    return this.select(FIND, sessionId);
  }

  override findLocked(sessionId: string): Promise<RefreshFamilyRecord | undefined> {
    return this.select(FIND_LOCKED, sessionId);
  }

  private async select(statement: string, sessionId: string): Promise<RefreshFamilyRecord | undefined> {
    if (!isId(sessionId)) return undefined;
    const [family] = await this.transactions.rows<RefreshFamilyRecord>(statement, [sessionId]);
    return family;
  }

  private async rotateAll(
    statement: PreparedStatement,
    all: readonly Rotation[],
  ): Promise<(RedeemedFamily | undefined)[]> {
    const columns = COLUMNS.map((valueOf) => all.map(valueOf));
    const rows = await statement.rows<RedeemedRow & { readonly place: number }>(this.transactions, columns);
    const rotated: (RedeemedFamily | undefined)[] = all.map(() => undefined);
    for (const row of rows) {
      const { redemption } = all[row.place - 1] as Rotation;
      rotated[row.place - 1] = redeemed(redemption, row);
    }
    return rotated;
  }

  private async change(
    statement: PreparedStatement,
    redemption: Redemption,
    values: readonly unknown[],
  ): Promise<ReplayedFamily | undefined> {
    if (!isId(redemption.sessionId) || !isId(redemption.appId)) return undefined;
    const all = [...valuesOf(redemption), ...values];
    const [row] = await statement.rows<RedeemedRow>(this.transactions, all);
    return row && { ...redeemed(redemption, row), sealedSuccessor: row.sealedSuccessor ?? null };
  }
}

function redeemed(
  { sessionId, appId }: Redemption,
  { userId, scopes, resource, createdAt }: RedeemedRow,
): RedeemedFamily {
  const list = scopes === '' ? [] : scopes.split(' ');
  return { sessionId, appId, userId, scopes: list, resource, createdAt: new Date(createdAt) };
}
