import { createHash } from 'node:crypto';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

/** What `pg` and the embedded database take of a query. */
interface Connection {
  query(query: { name?: string; text: string; values: unknown[] }): Promise<{ rows: unknown[] }>;
}

/**
 * Codes (SQLSTATE) of a connection that is not the one on which the statement was prepared, which a pooler in between
 * (PgBouncer that pools transactions) hands out, and of a table that was altered since.
 */
const NOT_PREPARED_HERE = new Set(['26000', '42P05', '0A000']);

/**
 * One statement that is asked over and over: each connection has it parsed and planned once, which is most of what it costs
 * the server.
 */
export class PreparedStatement {
  private readonly name: string;
  private isPrepared = true;

  /** The name is the text's own: two versions of a statement that meet behind one pooler are not taken for each other. */
  constructor(private readonly text: string) {
    this.name = `portcullis_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  }

  /** The rows that it answers, in the running transaction or alone. Throws as `TypeOrmTransactions.ask` does. */
  async rows<Row>(transactions: TypeOrmTransactions, values: unknown[]): Promise<Row[]> {
    const { isPrepared } = this;
    try {
      return await this.ask<Row>(transactions, values);
    } catch (error) {
      // Nothing was done: it was refused before it ran. In a transaction, that is over with it.
      if (!isPrepared || !NOT_PREPARED_HERE.has((error as { code?: string }).code ?? '')) throw error;
      this.isPrepared = false;
      return this.ask<Row>(transactions, values);
    }
  }

  private ask<Row>(transactions: TypeOrmTransactions, values: unknown[]): Promise<Row[]> {
    const { text, name } = this;
    const query = this.isPrepared ? { name, text, values } : { text, values };
    return transactions.ask(async ({ queryRunner, dataSource }) => {
      // Past TypeORM's own `query`, which knows no names.
      const runner = queryRunner ?? dataSource.createQueryRunner();
      try {
        const connection = (await runner.connect()) as Connection;
        return (await connection.query(query)).rows as Row[];
      } finally {
        if (!queryRunner) await runner.release();
      }
    });
  }
}
