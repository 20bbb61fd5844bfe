import { OneAtATime } from '../../state/index.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

/** Held to the end of the transaction. Each schema has its own: its name, which no name of work can be part of. */
const LOCK = `SELECT pg_try_advisory_xact_lock(hashtextextended(current_schema() || chr(1) || $1, 0)) AS locked`;

/** Names as advisory locks of PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmOneAtATime extends OneAtATime {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override run(name: string, work: () => Promise<void>): Promise<boolean> {
    return this.transactions.run(async () => {
      const [answer] = await this.transactions.rows<{ locked: boolean }>(LOCK, [name]);
      if (answer?.locked !== true) return false;
      await work();
      return true;
    });
  }
}
