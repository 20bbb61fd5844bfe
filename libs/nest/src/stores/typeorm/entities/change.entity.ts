import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('portcullis_changes')
export class ChangeEntity {
  @PrimaryColumn({ type: 'bigint', default: () => `nextval('portcullis_change_sequence')` })
  sequence!: string;

  @Column({ type: 'text', collation: 'C' })
  kind!: string;

  @Column({ type: 'text', collation: 'C' })
  subject!: string;

  @Column({ type: 'timestamptz', precision: 3, nullable: true })
  before!: Date | null;

  @Column({ name: 'recorded_at', type: 'timestamptz', precision: 3 })
  recordedAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  @Index('portcullis_changes_expires_at_idx')
  expiresAt!: Date;
}
