import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { minorUnits } from './minor-units.js';

@Entity('bank_accounts')
@Check('bank_accounts_currency_check', `currency ~ '^[A-Z]{3}$'`)
@Check('bank_accounts_customers_owe_nothing', 'user_id IS NULL OR balance_minor >= 0')
@Index('bank_accounts_user_id_idx', ['userId', 'openedAt'])
export class Account {
  @PrimaryColumn('uuid')
  id!: string;

  /** Null is the bank itself, whose balance alone may be negative. */
  @Column({ name: 'user_id', type: 'uuid', nullable: true })
  @ForeignKey('portcullis_users', { name: 'bank_accounts_user_id_fkey', onDelete: 'RESTRICT' })
  userId!: string | null;

  @Column('text')
  name!: string;

  /** ISO 4217. */
  @Column('char', { length: 3 })
  currency!: string;

  @Column({ name: 'balance_minor', type: 'bigint', transformer: minorUnits })
  balanceMinor!: number;

  /** True exactly while one of the account's freezes has not been lifted. */
  @Column('boolean')
  frozen!: boolean;

  @Column({ name: 'opened_at', type: 'timestamptz', precision: 3 })
  openedAt!: Date;
}
