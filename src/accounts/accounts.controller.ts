import { Controller, Get, Param, Query } from '@nestjs/common';
import { CallingUser, Protect, ZodValidationPipe, type CallingUserFacts } from '@portcullis/nest';
import { viewAccount, viewTransaction, type AccountView, type TransactionView } from './account-views.js';
import { Accounts } from './accounts.js';
import { identifierIn } from './identifier.js';
import { statementPage, type StatementPage } from './statement-page.js';

/** A customer's own accounts. Those of others are not there. */
@Protect({ app: ['accounts:read'], integrity: true, user: ['accounts:read'] })
@Controller('accounts')
export class AccountsController {
  constructor(private readonly accounts: Accounts) {}

  @Get()
  async list(@CallingUser() user: CallingUserFacts): Promise<AccountView[]> {
    return (await this.accounts.listOf(user.id)).map(viewAccount);
  }

  @Get(':id/transactions')
  async transactions(
    @CallingUser() user: CallingUserFacts,
    @Param('id') id: string,
    @Query(new ZodValidationPipe(statementPage)) page: StatementPage,
  ): Promise<TransactionView[]> {
    return (await this.accounts.statementOf(user.id, identifierIn(id), page)).map(viewTransaction);
  }
}
