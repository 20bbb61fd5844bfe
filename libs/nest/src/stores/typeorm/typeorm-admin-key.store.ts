import { AdminKeyStore, type AdminKeyRecord } from '../../authorities/admin-keys/index.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const KEY = `id, name, secret_hash AS "secretHash", scopes, created_at AS "createdAt", expires_at AS "expiresAt"`;

/** Named administration keys in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmAdminKeyStore extends AdminKeyStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(key: AdminKeyRecord): Promise<void> {
    const { id, name, secretHash, scopes, createdAt, expiresAt } = key;
    await this.transactions.rows(
      `INSERT INTO portcullis_admin_keys (id, name, secret_hash, scopes, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, name, secretHash, scopes, createdAt, expiresAt],
    );
  }

  override async find(id: string): Promise<AdminKeyRecord | undefined> {
    if (!isId(id)) return undefined;
    const [key] = await this.transactions.rows<AdminKeyRecord>(
      `SELECT ${KEY} FROM portcullis_admin_keys WHERE id = $1`,
      [id],
    );
    return key;
  }

  override async hold(id: string): Promise<boolean> {
    if (!isId(id)) return false;
    const lock = 'SELECT id FROM portcullis_admin_keys WHERE id = $1 FOR SHARE';
    return (await this.transactions.rows(lock, [id])).length > 0;
  }

  override list(): Promise<AdminKeyRecord[]> {
    return this.transactions.rows<AdminKeyRecord>(
      `SELECT ${KEY} FROM portcullis_admin_keys ORDER BY created_at DESC, id`,
    );
  }

  override async remove(id: string): Promise<AdminKeyRecord | undefined> {
    if (!isId(id)) return undefined;
    const [removed] = await this.transactions.rows<AdminKeyRecord>(
      `DELETE FROM portcullis_admin_keys WHERE id = $1 RETURNING ${KEY}`,
      [id],
    );
    return removed;
  }
}
