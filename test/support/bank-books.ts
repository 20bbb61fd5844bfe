import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../src/database/create-data-source.js';
import type { BankHome } from './bank.js';

export interface BookedTransfer {
  readonly id: string;
  readonly key: string;
  readonly from: string;
  readonly to: string;
  readonly amountMinor: number;
}

export interface BankBooks {
  /** Identifiers of transfers that are not two entries which cancel out. */
  readonly broken: string[];
  /** Identifiers of accounts whose balance is not the sum of their entries, or not what the last entry says. */
  readonly wrong: string[];
  /** All balances together, that of the bank itself included. */
  readonly total: number;
  /** Those that were ordered under a key. */
  readonly transfers: ReadonlyMap<string, BookedTransfer>;
}

const BROKEN = `SELECT t.id FROM bank_transfers t LEFT JOIN bank_entries e ON e.transfer_id = t.id GROUP BY t.id
  HAVING count(e.id) <> 2 OR sum(e.amount_minor) <> 0 OR max(e.amount_minor) <> t.amount_minor
    OR count(*) FILTER (WHERE e.account_id = t.from_account_id AND e.amount_minor < 0) <> 1
    OR count(*) FILTER (WHERE e.account_id = t.to_account_id AND e.amount_minor > 0) <> 1`;
const WRONG = `SELECT a.id FROM bank_accounts a
  WHERE balance_minor <> (SELECT coalesce(sum(amount_minor), 0) FROM bank_entries WHERE account_id = a.id)
    OR balance_minor <> coalesce(
      (SELECT balance_minor FROM bank_entries WHERE account_id = a.id ORDER BY position DESC LIMIT 1), 0)`;
const TRANSFERS = `SELECT id, idempotency_key AS key, from_account_id AS "from", to_account_id AS "to",
  amount_minor::int AS "amountMinor" FROM bank_transfers WHERE idempotency_key IS NOT NULL`;
const OTHERS = `SELECT count(*)::int AS others FROM pg_stat_activity
  WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`;

/** What stands in the tables of a bank that does not run. */
export async function readBooks({ variables }: BankHome): Promise<BankBooks> {
  const { DATABASE_URL: databaseUrl, DATA_DIR: dataDir = '' } = variables;
  const source = await createDataSource({ databaseUrl, dataDir }).initialize();
  try {
    if (databaseUrl !== undefined) await untilAlone(source);
    const ids = async (query: string) => (await source.query<{ id: string }[]>(query)).map(({ id }) => id);
    const [{ total }] = (await source.query(
      'SELECT sum(balance_minor)::int AS total FROM bank_accounts',
    )) as [{ total: number }];
    const transfers = await source.query<BookedTransfer[]>(TRANSFERS);
    return {
      broken: await ids(BROKEN),
      wrong: await ids(WRONG),
      total,
      transfers: new Map(transfers.map((transfer) => [transfer.key, transfer])),
    };
  } finally {
    await source.destroy();
  }
}

/** A server may still commit what a killed bank has sent. */
async function untilAlone(source: DataSource): Promise<void> {
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- waiting
    const [{ others }] = await source.query<[{ others: number }]>(OTHERS);
    if (others === 0) return;
    // oxlint-disable-next-line no-await-in-loop -- waiting
    await delay(20);
  }
}
