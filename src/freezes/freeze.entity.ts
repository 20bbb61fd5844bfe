import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Account } from '../accounts/ledger/account.entity.js';

@Entity('bank_freezes')
@Check('bank_freezes_lifted_check', '(lifted_by IS NULL) = (lifted_at IS NULL)')
@Index('bank_freezes_one_in_force', ['accountId'], { unique: true, where: 'lifted_at IS NULL' })
export class Freeze {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ name: 'account_id', type: 'uuid' })
  @ForeignKey(() => Account, { name: 'bank_freezes_account_id_fkey', onDelete: 'RESTRICT' })
  accountId!: string;

  @Column('text', { nullable: true })
  reason!: string | null;

  /** The user who froze the account. */
  @Column({ name: 'frozen_by', type: 'uuid' })
  @ForeignKey('portcullis_users', { name: 'bank_freezes_frozen_by_fkey', onDelete: 'RESTRICT' })
  frozenBy!: string;

  @Column({ name: 'frozen_at', type: 'timestamptz', precision: 3 })
  frozenAt!: Date;

  @Column({ name: 'lifted_by', type: 'uuid', nullable: true })
  @ForeignKey('portcullis_users', { name: 'bank_freezes_lifted_by_fkey', onDelete: 'RESTRICT' })
  liftedBy!: string | null;

  /** Null while it is in force; an account has one such freeze at most. */
  @Column({ name: 'lifted_at', type: 'timestamptz', precision: 3, nullable: true })
  liftedAt!: Date | null;
}
