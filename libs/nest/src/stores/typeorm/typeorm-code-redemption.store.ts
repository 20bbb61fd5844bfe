import { CodeRedemptionStore, type CodeRedemption } from '../../authorities/authorizations/index.js';
import { removeExpired } from './remove-expired.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const TABLE = { table: 'portcullis_code_redemptions', key: 'code_id' } as const;

/**
 * What codes were redeemed for, in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. Both
 * statements wait for a row of the same code that is not committed yet: its unique index makes them.
 */
export class TypeOrmCodeRedemptionStore extends CodeRedemptionStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async record({ codeId, sessionId, expiresAt }: CodeRedemption): Promise<boolean> {
    const recorded = await this.transactions.rows(
      `INSERT INTO portcullis_code_redemptions (code_id, session_id, expires_at)
       VALUES ($1, $2, $3) ON CONFLICT (code_id) DO NOTHING RETURNING code_id`,
      [codeId, sessionId, expiresAt],
    );
    return recorded.length > 0;
  }

  override async markReplayed({
    codeId,
    expiresAt,
  }: Pick<CodeRedemption, 'codeId' | 'expiresAt'>): Promise<string | undefined> {
    const [found] = await this.transactions.rows<{ sessionId: string | null }>(
      `INSERT INTO portcullis_code_redemptions AS redemption (code_id, session_id, expires_at)
       VALUES ($1, NULL, $2)
       ON CONFLICT (code_id) DO UPDATE SET expires_at = greatest(redemption.expires_at, excluded.expires_at)
       RETURNING session_id AS "sessionId"`,
      [codeId, expiresAt],
    );
    return found?.sessionId ?? undefined;
  }

  override removeExpired(before: Date): Promise<number> {
    return removeExpired(this.transactions, TABLE, before);
  }
}
