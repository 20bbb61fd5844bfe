import { Body, Controller, Get, Post, Req, UseGuards, UseInterceptors } from '@nestjs/common';
import { acceptTransfer, listAccounts, type Transfer } from '../../bank.js';
import { AnswerMac } from './answer-mac.interceptor.js';
import type { BankRequest, User } from './bank-request.js';
import { HawkGuard, IntegrityGuard, UserGuard } from './guards.js';
import { NeedsScope, ScopeGuard } from './scope.guard.js';

@Controller()
@UseGuards(HawkGuard, IntegrityGuard, UserGuard, ScopeGuard)
@UseInterceptors(AnswerMac)
export class BankController {
  @Get('accounts')
  @NeedsScope('accounts:read')
  accounts(@Req() { user }: BankRequest): object {
    return listAccounts((user as User).id);
  }

  @Post('transfers')
  @NeedsScope('transfers:write')
  transfer(@Body() body: object, @Req() { user }: BankRequest): object {
    return acceptTransfer((user as User).id, body as Transfer);
  }
}
