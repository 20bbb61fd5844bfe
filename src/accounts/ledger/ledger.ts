import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '@portcullis/nest';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { In, IsNull, Not } from 'typeorm';
import { Account } from './account.entity.js';
import { Entry } from './entry.entity.js';
import { minorUnitsOf } from './minor-units.js';
import { Transfer } from './transfer.entity.js';

export type Movement = Pick<Transfer, 'from' | 'to' | 'amountMinor' | 'currency' | 'reference' | 'userId'> &
  Partial<Pick<Transfer, 'idempotencyKey' | 'requestFingerprint'>>;

/**
 * The only place where balances change, always two at a time, so that all balances add up to zero, and so do all
 * entries. Both calls belong inside a running transaction.
 */
@Injectable()
export class Ledger {
  constructor(
    private readonly transactions: TypeOrmTransactions,
    private readonly clock: Clock,
  ) {}

  /** Those of these accounts that belong to customers, by id; nobody else changes them until the transaction ends. */
  async lock(ids: readonly string[]): Promise<ReadonlyMap<string, Account>> {
    const accounts = await this.transactions.manager.find(Account, {
      where: { id: In([...ids]), userId: Not(IsNull()) },
      // Everybody locks in the same order: two opposite transfers wait for one another instead of for ever.
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    });
    return new Map(accounts.map((account) => [account.id, account]));
  }

  /** Moves money between two accounts that exist; the caller has locked a customer's account and looked at it. */
  async move(movement: Movement): Promise<Transfer> {
    const { from, to, amountMinor } = movement;
    const transfer: Transfer = {
      idempotencyKey: null,
      requestFingerprint: null,
      ...movement,
      id: randomUUID(),
      createdAt: new Date(this.clock.now()),
    };
    await this.transactions.manager.insert(Transfer, transfer);
    await this.book(transfer, from, -amountMinor);
    await this.book(transfer, to, amountMinor);
    return transfer;
  }

  private async book(transfer: Transfer, accountId: string, amountMinor: number): Promise<void> {
    const { manager } = this.transactions;
    const updated = await manager
      .createQueryBuilder()
      .update(Account)
      .set({ balanceMinor: () => 'balance_minor + :amountMinor' })
      .where({ id: accountId })
      .setParameters({ amountMinor })
      .returning('balance_minor')
      .execute();
    const [row] = updated.raw as readonly { balance_minor: string }[];
    if (!row) throw new Error('Money was to be booked on an account that does not exist');
    await manager.insert(Entry, {
      id: randomUUID(),
      accountId,
      transferId: transfer.id,
      amountMinor,
      balanceMinor: minorUnitsOf(row.balance_minor),
      bookedAt: transfer.createdAt,
    });
  }
}
