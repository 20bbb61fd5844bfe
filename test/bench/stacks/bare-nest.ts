import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { acceptTransfer, CUSTOMER, listAccounts, type Transfer } from '../bank.js';
import { adapterOf, listen, LOG_LEVELS } from './listen.js';
import type { StackOptions } from './stack.js';

@Controller()
class BankController {
  @Get('accounts')
  accounts(): object {
    return listAccounts(CUSTOMER);
  }

  @Post('transfers')
  transfer(@Body() body: object): object {
    return acceptTransfer(CUSTOMER, body as Transfer);
  }
}

@Module({ controllers: [BankController] })
class BankModule {}

/** Nest as it comes, nothing checked. */
export async function start(options: StackOptions): Promise<number> {
  const app = await NestFactory.create(BankModule, adapterOf(options), { logger: LOG_LEVELS });
  return listen(app);
}
