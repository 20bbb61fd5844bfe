import { SigningKeyStore, type SigningKeyRecord } from '../../authorities/tokens/index.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const KEY = `kid, algorithm, sealed, public_jwk AS "publicJwk", created_at AS "createdAt", signs_from AS "signsFrom"`;
/** Held to the end of the transaction. Named by the table, for each schema has a ring of its own. */
const LOCK = `SELECT pg_advisory_xact_lock('portcullis_signing_keys'::regclass::oid::bigint)`;

/** The ring of signing keys in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmSigningKeyStore extends SigningKeyStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async lock(): Promise<void> {
    await this.transactions.rows(LOCK);
  }

  override async insert(key: SigningKeyRecord): Promise<void> {
    const { kid, algorithm, sealed, publicJwk, createdAt, signsFrom } = key;
    await this.transactions.rows(
      `INSERT INTO portcullis_signing_keys (kid, algorithm, sealed, public_jwk, created_at, signs_from)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [kid, algorithm, sealed, publicJwk && JSON.stringify(publicJwk), createdAt, signsFrom],
    );
  }

  override list(): Promise<SigningKeyRecord[]> {
    return this.transactions.rows<SigningKeyRecord>(
      `SELECT ${KEY} FROM portcullis_signing_keys ORDER BY signs_from DESC, created_at DESC, kid`,
    );
  }

  override async setSignsFrom(kid: string, signsFrom: Date): Promise<boolean> {
    if (!isId(kid)) return false;
    const changed = await this.transactions.rows(
      'UPDATE portcullis_signing_keys SET signs_from = $2 WHERE kid = $1 RETURNING kid',
      [kid, signsFrom],
    );
    return changed.length > 0;
  }

  override async remove(kid: string): Promise<boolean> {
    if (!isId(kid)) return false;
    const removed = await this.transactions.rows(
      'DELETE FROM portcullis_signing_keys WHERE kid = $1 RETURNING kid',
      [kid],
    );
    return removed.length > 0;
  }
}
