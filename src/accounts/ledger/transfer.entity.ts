import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { Account } from './account.entity.js';
import { minorUnits } from './minor-units.js';

@Entity('bank_transfers')
@Check('bank_transfers_accounts_check', 'from_account_id <> to_account_id')
@Check('bank_transfers_amount_check', 'amount_minor > 0')
@Check('bank_transfers_reference_check', 'char_length(reference) <= 140')
@Check('bank_transfers_key_check', '(idempotency_key IS NULL) = (request_fingerprint IS NULL)')
@Unique('bank_transfers_once_per_key', ['userId', 'idempotencyKey'])
export class Transfer {
  @PrimaryColumn('uuid')
  id!: string;

  @Column({ name: 'from_account_id', type: 'uuid' })
  @ForeignKey(() => Account, { name: 'bank_transfers_from_account_id_fkey', onDelete: 'RESTRICT' })
  from!: string;

  @Column({ name: 'to_account_id', type: 'uuid' })
  @ForeignKey(() => Account, { name: 'bank_transfers_to_account_id_fkey', onDelete: 'RESTRICT' })
  to!: string;

  @Column({ name: 'amount_minor', type: 'bigint', transformer: minorUnits })
  amountMinor!: number;

  @Column('char', { length: 3 })
  currency!: string;

  @Column('text')
  reference!: string;

  /** Who ordered it; null is the bank itself. */
  @Column({ name: 'user_id', type: 'uuid', nullable: true })
  @ForeignKey('portcullis_users', { name: 'bank_transfers_user_id_fkey', onDelete: 'RESTRICT' })
  userId!: string | null;

  @Column({ name: 'idempotency_key', type: 'text', nullable: true })
  idempotencyKey!: string | null;

  /** SHA-256 in hex of the order that came with the key. */
  @Column('char', { name: 'request_fingerprint', length: 64, nullable: true })
  requestFingerprint!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
