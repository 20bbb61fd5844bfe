import { Injectable } from '@nestjs/common';
import { SecurityProblem, validationFailed } from '@portcullis/nest';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { LessThan } from 'typeorm';
import { Account } from './ledger/account.entity.js';
import { Entry } from './ledger/entry.entity.js';
import type { StatementPage } from './statement-page.js';

/**
 * What customers see of their own accounts. Every call throws `temporarily_unavailable` when the database is away, which
 * is why it runs in a transaction.
 */
@Injectable()
export class Accounts {
  constructor(private readonly transactions: TypeOrmTransactions) {}

  /** In the order in which they were opened. */
  listOf(userId: string): Promise<Account[]> {
    const found = { where: { userId }, order: { openedAt: 'ASC', id: 'ASC' } } as const;
    return this.transactions.run(() => this.transactions.manager.find(Account, found));
  }

  /**
   * Entries of a customer's account, newest first, each with its transfer. Throws `not_found`, which is the same for an
   * account of somebody else and for one that does not exist; `validation_failed` when `before` is no entry of it.
   */
  statementOf(userId: string, accountId: string, { limit, before }: StatementPage): Promise<Entry[]> {
    return this.transactions.run(async () => {
      const { manager } = this.transactions;
      const owned = await manager.existsBy(Account, { id: accountId, userId });
      if (!owned) throw new SecurityProblem('not_found', { reason: 'account_not_owned' });
      const position = before === undefined ? undefined : LessThan(await this.positionOf(accountId, before));
      return manager.find(Entry, {
        where: { accountId, ...(position && { position }) },
        order: { position: 'DESC' },
        take: limit,
        relations: { transfer: true },
        relationLoadStrategy: 'query',
      });
    });
  }

  private async positionOf(accountId: string, id: string): Promise<string> {
    const entry = await this.transactions.manager.findOneBy(Entry, { id, accountId });
    if (!entry) throw validationFailed({ before: 'expected a transaction of this account' });
    return entry.position;
  }
}
