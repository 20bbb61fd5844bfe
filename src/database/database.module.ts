import { Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';

/** The bank's transactions are the library's: what both write in one of them is kept together or not at all. */
@Module({})
export class DatabaseModule {
  static forTransactions(transactions: TypeOrmTransactions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [{ provide: TypeOrmTransactions, useValue: transactions }],
      exports: [TypeOrmTransactions],
    };
  }
}
