import { Module } from '@nestjs/common';
import { AccountOpening } from './account-opening.js';
import { AccountsController } from './accounts.controller.js';
import { Accounts } from './accounts.js';
import { Ledger } from './ledger/ledger.js';

/** Accounts and what moves between them. Needs `TypeOrmTransactions` and `Clock`, provided globally. */
@Module({
  controllers: [AccountsController],
  providers: [Accounts, AccountOpening, Ledger],
  exports: [Accounts, AccountOpening, Ledger],
})
export class AccountsModule {}
