import { randomUUID } from 'node:crypto';
import { SystemClock } from '@portcullis/nest';
import { PORTCULLIS_ENTITIES, PORTCULLIS_MIGRATIONS, TypeOrmTransactions } from '@portcullis/nest/typeorm';
import type { DataSource } from 'typeorm';
import { AccountOpening } from '../../src/accounts/account-opening.js';
import { Accounts } from '../../src/accounts/accounts.js';
import { Ledger } from '../../src/accounts/ledger/ledger.js';
import { BANK_ENTITIES, BANK_MIGRATIONS } from '../../src/database/bank-tables.js';
import { Freezes } from '../../src/freezes/freezes.js';
import { Transfers } from '../../src/transfers/transfers.js';
import type { OpenedDatabase, Tables } from './databases.js';

export const BANK_TABLES: Tables = {
  entities: [...PORTCULLIS_ENTITIES, ...BANK_ENTITIES] as NonNullable<Tables['entities']>,
  migrations: [...PORTCULLIS_MIGRATIONS, ...BANK_MIGRATIONS],
};

/** The bank's services as one node has them. */
export function bankServices(dataSource: DataSource) {
  const clock = new SystemClock();
  const transactions = new TypeOrmTransactions(dataSource);
  const ledger = new Ledger(transactions, clock);
  return {
    transactions,
    accounts: new Accounts(transactions),
    opening: new AccountOpening(transactions, ledger, clock),
    transfers: new Transfers(transactions, ledger),
    freezes: new Freezes(transactions, ledger, clock),
  };
}

export type BankServices = ReturnType<typeof bankServices>;

/** Two nodes of a bank over one database, and what a test wants to know about it. */
export class TestBank {
  readonly node: BankServices;
  readonly otherNode: BankServices;

  private constructor(
    private readonly database: OpenedDatabase,
    readonly dataSource: DataSource,
    readonly otherDataSource: DataSource,
  ) {
    this.node = bankServices(dataSource);
    this.otherNode = bankServices(otherDataSource);
  }

  static async open(open: (tables: Tables) => Promise<OpenedDatabase>): Promise<TestBank> {
    const database = await open(BANK_TABLES);
    return new TestBank(database, database.dataSource, await database.another());
  }

  close(): Promise<void> {
    return this.database.close();
  }

  async newUser(): Promise<string> {
    const id = randomUUID();
    await this.dataSource.query(
      `INSERT INTO portcullis_users (id, username, username_key, password_hash, scopes, suspended, created_at)
       VALUES ($1, $2, $3, 'none', '{}', false, now())`,
      [id, id, id],
    );
    return id;
  }

  /** A new customer with 100,000 on a current account. */
  async newCustomer(): Promise<{ userId: string; accountId: string }> {
    const userId = await this.newUser();
    const { id: accountId } = await this.node.opening.openCurrentAccount(userId);
    return { userId, accountId };
  }

  async balanceOf(accountId: string): Promise<number> {
    const [row] = await this.dataSource.query('SELECT balance_minor FROM bank_accounts WHERE id = $1', [
      accountId,
    ]);
    return Number(row.balance_minor);
  }

  /** Everything that money leaves behind, to be compared before and after. */
  async books(): Promise<object> {
    const [books] = await this.dataSource.query(
      `SELECT (SELECT sum(balance_minor)::text FROM bank_accounts) AS balances,
              (SELECT sum(amount_minor)::text FROM bank_entries) AS entries,
              (SELECT count(*)::int FROM bank_transfers) AS transfers,
              (SELECT count(*)::int FROM bank_entries) AS bookings,
              (SELECT string_agg(id || '=' || balance_minor, ' ' ORDER BY id) FROM bank_accounts) AS accounts`,
    );
    return books;
  }
}
