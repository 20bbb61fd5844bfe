import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { TransfersController } from './transfers.controller.js';
import { Transfers } from './transfers.js';

@Module({ imports: [AccountsModule], controllers: [TransfersController], providers: [Transfers] })
export class TransfersModule {}
