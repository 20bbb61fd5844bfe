import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { SessionEntity } from './session.entity.js';

@Entity('portcullis_refresh_families')
export class RefreshFamilyEntity {
  @PrimaryColumn({ name: 'session_id', type: 'text', collation: 'C' })
  @ForeignKey(() => SessionEntity, {
    name: 'portcullis_refresh_families_session_id_fkey',
    onDelete: 'CASCADE',
  })
  sessionId!: string;

  @Column({ name: 'app_id', type: 'text', collation: 'C' })
  appId!: string;

  @Column({ name: 'user_id', type: 'text', collation: 'C' })
  userId!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ name: 'bound_key', type: 'text', collation: 'C', nullable: true })
  boundKey!: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  resource!: string | null;

  @Column({ type: 'integer' })
  generation!: number;

  @Column({ name: 'current_hash', type: 'text', collation: 'C' })
  currentHash!: string;

  @Column({ name: 'previous_hash', type: 'text', collation: 'C', nullable: true })
  previousHash!: string | null;

  @Column({ name: 'sealed_successor', type: 'bytea', nullable: true })
  sealedSuccessor!: Buffer | null;

  @Column({ name: 'grace_ends_at', type: 'timestamptz', precision: 3, nullable: true })
  graceEndsAt!: Date | null;

  @Column({ name: 'grace_replays', type: 'integer', default: 0 })
  graceReplays!: number;

  @Column({ name: 'idle_expires_at', type: 'timestamptz', precision: 3 })
  idleExpiresAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
