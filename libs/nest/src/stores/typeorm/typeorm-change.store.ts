import { ChangeStore, REVOKED_KINDS, type Change, type RecordedChange } from '../../state/index.js';
import { CHANGE_CHANNEL } from './change-channel.js';
import { removeExpired } from './remove-expired.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

interface Row extends Pick<RecordedChange, 'kind' | 'id'> {
  /** PostgreSQL's bigint, as the driver hands it out. */
  readonly sequence: string;
  /** Milliseconds since the epoch. */
  readonly before: number | null;
  readonly recordedAt: number;
  readonly expiresAt: number;
}

/** As a number: a node that starts reads very many, and to read a date from text is most of the work. */
const millisecondsOf = (column: string) => `round(extract(epoch FROM ${column}) * 1000)::float8`;

const CHANGE = `sequence, kind, subject AS id, ${millisecondsOf('before')} AS before,
  ${millisecondsOf('recorded_at')} AS "recordedAt", ${millisecondsOf('expires_at')} AS "expiresAt"`;

/** Sent with the commit, once however many rows there are, and by no statement of its own: everybody waits for the lock. */
const NOTIFIED = `pg_notify(${CHANGE_CHANNEL}, '') IS NULL AS "isNotified"`;

/** Changes in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmChangeStore extends ChangeStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override append(changes: readonly Change[], recordedAt: Date): Promise<readonly RecordedChange[]> {
    return this.transactions.run(async () => {
      // One statement, for everybody waits until it is committed; and the lock first, for no row is made, nor numbered, before
      // the one row of the lock is there to be joined with.
      const rows = await this.transactions.rows<Row>(
        `WITH lock AS MATERIALIZED (
           SELECT pg_advisory_xact_lock(hashtextextended('portcullis changes ' || current_schema(), 0))
         )
         INSERT INTO portcullis_changes (kind, subject, before, recorded_at, expires_at)
         SELECT kind, subject, before, $5, expires_at
         FROM lock CROSS JOIN unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
           WITH ORDINALITY AS change (kind, subject, before, expires_at, place)
         ORDER BY place RETURNING ${CHANGE}, ${NOTIFIED}`,
        [
          changes.map(({ kind }) => kind),
          changes.map(({ id }) => id),
          changes.map(({ before }) => before ?? null),
          changes.map(({ expiresAt }) => expiresAt),
          recordedAt,
        ],
      );
      return rows.map(changeOf);
    });
  }

  override async after(sequence: number, limit: number): Promise<readonly RecordedChange[]> {
    const rows = await this.transactions.rows<Row>(
      `SELECT ${CHANGE} FROM portcullis_changes WHERE sequence > $1 ORDER BY sequence LIMIT $2`,
      [sequence, limit],
    );
    return rows.map(changeOf);
  }

  override async lastSequence(): Promise<number> {
    const [row] = await this.transactions.rows<Pick<Row, 'sequence'>>(
      `SELECT CASE WHEN is_called THEN last_value ELSE 0 END AS sequence FROM portcullis_change_sequence`,
    );
    return Number(row?.sequence);
  }

  override async liveRevocations(now: Date, limit: number): Promise<readonly RecordedChange[]> {
    const rows = await this.transactions.rows<Row>(
      `SELECT ${CHANGE} FROM portcullis_changes WHERE kind = ANY($1) AND expires_at > $2
       ORDER BY sequence DESC LIMIT $3`,
      [REVOKED_KINDS, now, limit],
    );
    return rows.map(changeOf);
  }

  override removeExpired(now: Date): Promise<number> {
    return removeExpired(this.transactions, { table: 'portcullis_changes', key: 'sequence' }, now);
  }
}

function changeOf({ sequence, kind, id, before, recordedAt, expiresAt }: Row): RecordedChange {
  return {
    sequence: Number(sequence),
    kind,
    id,
    ...(before !== null && { before: new Date(before) }),
    recordedAt: new Date(recordedAt),
    expiresAt: new Date(expiresAt),
  };
}
