import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FreezesController } from './freezes.controller.js';
import { Freezes } from './freezes.js';

@Module({ imports: [AccountsModule], controllers: [FreezesController], providers: [Freezes] })
export class FreezesModule {}
