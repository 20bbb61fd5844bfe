import {
  Check,
  Column,
  Entity,
  ForeignKey,
  Generated,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryColumn,
  type Relation,
  Unique,
} from 'typeorm';
import { Account } from './account.entity.js';
import { minorUnits } from './minor-units.js';
import { Transfer } from './transfer.entity.js';

/** One side of a transfer, as its account's statement shows it. Every transfer has two, which add up to zero. */
@Entity('bank_entries')
@Check('bank_entries_amount_check', 'amount_minor <> 0')
@Unique('bank_entries_once_per_account', ['transferId', 'accountId'])
@Index('bank_entries_account_id_idx', ['accountId', 'position'], { unique: true })
export class Entry {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ name: 'account_id', type: 'uuid' })
  @ForeignKey(() => Account, { name: 'bank_entries_account_id_fkey', onDelete: 'RESTRICT' })
  accountId!: string;

  @Column({ name: 'transfer_id', type: 'uuid' })
  transferId!: string;

  @ManyToOne(() => Transfer, { nullable: false, onDelete: 'RESTRICT' })
  @JoinColumn({ name: 'transfer_id', foreignKeyConstraintName: 'bank_entries_transfer_id_fkey' })
  transfer!: Relation<Transfer>;

  /** Drawn under the account's lock: within one account it grows in the order in which money moved, as no clock does. */
  @Column('bigint')
  @Generated('increment')
  position!: string;

  /** Negative where money left. */
  @Column({ name: 'amount_minor', type: 'bigint', transformer: minorUnits })
  amountMinor!: number;

  /** What the account held afterwards. */
  @Column({ name: 'balance_minor', type: 'bigint', transformer: minorUnits })
  balanceMinor!: number;

  @Column({ name: 'booked_at', type: 'timestamptz', precision: 3 })
  bookedAt!: Date;
}
