import {
  AuthorizationCodeStore,
  type AuthorizationCodeRecord,
} from '../../authorities/authorizations/index.js';
import { removeExpired } from './remove-expired.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const TABLE = { table: 'portcullis_authorization_codes', key: 'hash' } as const;

/** Authorization codes in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmAuthorizationCodeStore extends AuthorizationCodeStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert({ hash, grant, issuedAt, expiresAt }: AuthorizationCodeRecord): Promise<boolean> {
    if (!isId(grant.appId)) return false;
    // Locked, so that an app removed at the same moment is not found, rather than a violated foreign key.
    const inserted = await this.transactions.rows(
      `INSERT INTO portcullis_authorization_codes (hash, app_id, granted, issued_at, expires_at)
       SELECT $1, app.id, $3::json, $4::timestamptz, $5::timestamptz
       FROM portcullis_apps app WHERE app.id = $2 FOR KEY SHARE
       RETURNING hash`,
      [hash, grant.appId, JSON.stringify(grant), issuedAt, expiresAt],
    );
    return inserted.length > 0;
  }

  override async find(hashes: readonly string[]): Promise<AuthorizationCodeRecord | undefined> {
    const [code] = await this.transactions.rows<AuthorizationCodeRecord>(
      `SELECT hash, granted AS "grant", issued_at AS "issuedAt", expires_at AS "expiresAt"
       FROM portcullis_authorization_codes WHERE hash = ANY ($1)`,
      [hashes],
    );
    return code;
  }

  override async consume(hash: string): Promise<boolean> {
    // By the database's clock: the moment is for whoever looks into the table, and nothing is decided by it.
    const consumed = await this.transactions.rows(
      `UPDATE portcullis_authorization_codes SET consumed_at = clock_timestamp()
       WHERE hash = $1 AND consumed_at IS NULL RETURNING hash`,
      [hash],
    );
    return consumed.length > 0;
  }

  override removeExpired(before: Date): Promise<number> {
    return removeExpired(this.transactions, TABLE, before);
  }
}
