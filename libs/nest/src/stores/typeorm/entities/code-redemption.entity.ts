import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity('portcullis_code_redemptions')
@Index('portcullis_code_redemptions_expires_at_idx', ['expiresAt'])
export class CodeRedemptionEntity {
  @PrimaryColumn({ name: 'code_id', type: 'text', collation: 'C' })
  codeId!: string;

  /** Null: the code was replayed before a redemption of it was kept. */
  @Column({ name: 'session_id', type: 'text', collation: 'C', nullable: true })
  sessionId!: string | null;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
