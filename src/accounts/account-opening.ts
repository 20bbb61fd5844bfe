import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Clock } from '@portcullis/nest';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { Account } from './ledger/account.entity.js';
import { FUNDING_ACCOUNT } from './ledger/funding-account.js';
import { Ledger } from './ledger/ledger.js';

const WELCOME_MINOR = 100_000;

/** Gives a new user of the bank something to try it with. */
@Injectable()
export class AccountOpening {
  constructor(
    private readonly transactions: TypeOrmTransactions,
    private readonly ledger: Ledger,
    private readonly clock: Clock,
  ) {}

  /**
   * Opens a current account in EUR and funds it with 100,000 minor units, as a transfer from the bank. Joins a running
   * transaction; keep that short, because openings wait for one another on the bank's funding account. Throws when
   * there is no such user.
   */
  openCurrentAccount(userId: string): Promise<{ id: string }> {
    return this.transactions.run(async () => {
      const id = randomUUID();
      const { currency } = FUNDING_ACCOUNT;
      await this.transactions.manager.insert(Account, {
        id,
        userId,
        name: 'Current account',
        currency,
        balanceMinor: 0,
        frozen: false,
        openedAt: new Date(this.clock.now()),
      });
      await this.ledger.move({
        from: FUNDING_ACCOUNT.id,
        to: id,
        amountMinor: WELCOME_MINOR,
        currency,
        reference: 'Welcome',
        userId: null,
      });
      return { id };
    });
  }
}
