import {
  RefreshFamilyStore,
  type Redemption,
  type RefreshFamilyRecord,
  type Rotation,
} from '../../authorities/tokens/index.js';
import { PreparedStatement } from './prepared-statement.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const FAMILY = `session_id AS "sessionId", app_id AS "appId", user_id AS "userId", scopes, bound_key AS "boundKey",
  generation, current_hash AS "currentHash", previous_hash AS "previousHash",
  sealed_successor AS "sealedSuccessor", grace_ends_at AS "graceEndsAt", grace_replays AS "graceReplays",
  idle_expires_at AS "idleExpiresAt", expires_at AS "expiresAt", created_at AS "createdAt"`;

/** $1 to $6: what `valuesOf` gives. */
const REDEEMABLE = `session_id = $1 AND app_id = $3 AND bound_key IS NOT DISTINCT FROM $4
  AND ($5::text[] IS NULL OR scopes @> $5) AND idle_expires_at > $6 AND expires_at > $6`;

const ROTATE = new PreparedStatement(`UPDATE portcullis_refresh_families SET
    generation = generation + 1, current_hash = $7, previous_hash = current_hash, sealed_successor = $8,
    grace_ends_at = least($9, idle_expires_at, expires_at), grace_replays = 0,
    idle_expires_at = least($10, expires_at)
  WHERE current_hash = ANY ($2) AND ${REDEEMABLE} RETURNING ${FAMILY}`);

const TOUCH = new PreparedStatement(`UPDATE portcullis_refresh_families SET
    sealed_successor = NULL, grace_ends_at = NULL, idle_expires_at = least($7, expires_at)
  WHERE current_hash = ANY ($2) AND ${REDEEMABLE} RETURNING ${FAMILY}`);

const REPLAY = new PreparedStatement(`UPDATE portcullis_refresh_families SET grace_replays = grace_replays + 1
  WHERE previous_hash = ANY ($2) AND grace_ends_at > $6 AND grace_replays < $7 AND ${REDEEMABLE}
  RETURNING ${FAMILY}`);

/** The session first, as whoever ends it does: locked the other way round, two would wait for each other. */
const FIND_LOCKED = `WITH session AS MATERIALIZED (SELECT id FROM portcullis_sessions WHERE id = $1 FOR UPDATE)
  SELECT ${FAMILY} FROM portcullis_refresh_families family JOIN session ON session.id = family.session_id
  FOR UPDATE OF family`;

function valuesOf({ sessionId, hashes, appId, boundKey, askedScopes, now }: Redemption): unknown[] {
  return [sessionId, hashes, appId, boundKey, askedScopes, now];
}

/** Families of refresh tokens in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmRefreshFamilyStore extends RefreshFamilyStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(family: RefreshFamilyRecord): Promise<void> {
    await this.transactions.rows(
      `INSERT INTO portcullis_refresh_families
         (session_id, app_id, user_id, scopes, bound_key, generation, current_hash, previous_hash, sealed_successor,
          grace_ends_at, grace_replays, idle_expires_at, expires_at, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
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
      ],
    );
  }

  override rotate(rotation: Rotation): Promise<RefreshFamilyRecord | undefined> {
    const { successorHash, sealedSuccessor, graceEndsAt, idleExpiresAt } = rotation;
    return this.change(ROTATE, rotation, [successorHash, sealedSuccessor, graceEndsAt, idleExpiresAt]);
  }

  override touch(redemption: Redemption, idleExpiresAt: Date): Promise<RefreshFamilyRecord | undefined> {
    return this.change(TOUCH, redemption, [idleExpiresAt]);
  }

  override replay(redemption: Redemption, mostReplays: number): Promise<RefreshFamilyRecord | undefined> {
    return this.change(REPLAY, redemption, [mostReplays]);
  }

  override async findLocked(sessionId: string): Promise<RefreshFamilyRecord | undefined> {
    if (!isId(sessionId)) return undefined;
    const [family] = await this.transactions.rows<RefreshFamilyRecord>(FIND_LOCKED, [sessionId]);
    return family;
  }

  private async change(
    statement: PreparedStatement,
    redemption: Redemption,
    values: readonly unknown[],
  ): Promise<RefreshFamilyRecord | undefined> {
    if (!isId(redemption.sessionId) || !isId(redemption.appId)) return undefined;
    const all = [...valuesOf(redemption), ...values];
    const [family] = await statement.rows<RefreshFamilyRecord>(this.transactions, all);
    return family;
  }
}
