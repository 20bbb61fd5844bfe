import { PushedRequestStore, type PushedRequestRecord } from '../../authorities/authorizations/index.js';
import { removeExpired } from './remove-expired.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const TABLE = { table: 'portcullis_pushed_requests', key: 'hash' } as const;

/** Pushed authorization requests in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmPushedRequestStore extends PushedRequestStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert({ hash, appId, parameters, expiresAt }: PushedRequestRecord): Promise<boolean> {
    if (!isId(appId)) return false;
    // Locked, so that an app removed at the same moment is not found, rather than a violated foreign key.
    const inserted = await this.transactions.rows(
      `INSERT INTO portcullis_pushed_requests (hash, app_id, parameters, expires_at)
       SELECT $1, app.id, $3::json, $4::timestamptz FROM portcullis_apps app WHERE app.id = $2 FOR KEY SHARE
       RETURNING hash`,
      [hash, appId, JSON.stringify(parameters), expiresAt],
    );
    return inserted.length > 0;
  }

  override async find(hashes: readonly string[]): Promise<PushedRequestRecord | undefined> {
    const [request] = await this.transactions.rows<PushedRequestRecord>(
      `SELECT hash, app_id AS "appId", parameters, expires_at AS "expiresAt"
       FROM portcullis_pushed_requests WHERE hash = ANY ($1)`,
      [hashes],
    );
    return request;
  }

  override removeExpired(before: Date): Promise<number> {
    return removeExpired(this.transactions, TABLE, before);
  }
}
