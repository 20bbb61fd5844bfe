import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AppEntity } from './app.entity.js';

@Entity('portcullis_sessions')
@Check('portcullis_sessions_id_check', `id ~ '^[ -~]{1,128}$'`)
@Check(
  'portcullis_sessions_kind_check',
  `kind IN ('opaque', 'tokens') AND (kind = 'opaque') = (secret_hash IS NOT NULL)`,
)
@Index('portcullis_sessions_user_id_idx', ['userId', 'createdAt'])
@Index('portcullis_sessions_app_id_idx', ['appId'])
export class SessionEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  @Column({ type: 'text', default: 'opaque' })
  kind!: 'opaque' | 'tokens';

  @Column({ name: 'secret_hash', type: 'text', nullable: true })
  secretHash!: string | null;

  /** No foreign key: the host may keep its users elsewhere. */
  @Column({ name: 'user_id', type: 'text', collation: 'C' })
  userId!: string;

  @Column({ name: 'app_id', type: 'text', collation: 'C' })
  @ForeignKey(() => AppEntity, { name: 'portcullis_sessions_app_id_fkey', onDelete: 'CASCADE' })
  appId!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ type: 'text', nullable: true })
  device!: string | null;

  @Column({ name: 'started_from', type: 'text', nullable: true })
  startedFrom!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'last_used_at', type: 'timestamptz', precision: 3 })
  lastUsedAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
