import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import type { SecretPurpose } from '../../../authorities/apps/index.js';
import { AppEntity } from './app.entity.js';

@Entity('portcullis_app_secrets')
@Check('portcullis_app_secrets_purpose_check', `purpose IN ('signing', 'client', 'integrity')`)
@Check(
  'portcullis_app_secrets_at_rest_check',
  `(hash IS NOT NULL) = (purpose = 'client') AND (sealed IS NOT NULL) = (purpose <> 'client')`,
)
@Unique('portcullis_app_secrets_generation_key', ['appId', 'generation'])
export class AppSecretEntity {
  @PrimaryColumn({ name: 'app_id', type: 'text', collation: 'C' })
  @ForeignKey(() => AppEntity, { name: 'portcullis_app_secrets_app_id_fkey', onDelete: 'CASCADE' })
  appId!: string;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** Counts an app's secrets in the order they were added: no clock decides which of two is newer. */
  @Column({ type: 'integer' })
  generation!: number;

  @Column({ type: 'text' })
  purpose!: SecretPurpose;

  @Column({ type: 'bytea', nullable: true })
  sealed!: Buffer | null;

  @Column({ type: 'text', nullable: true })
  hash!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3, nullable: true })
  expiresAt!: Date | null;
}
