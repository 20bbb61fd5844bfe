import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AppEntity } from './app.entity.js';

@Entity('portcullis_authorization_codes')
@Index('portcullis_authorization_codes_app_id_idx', ['appId'])
@Index('portcullis_authorization_codes_expires_at_idx', ['expiresAt'])
export class AuthorizationCodeEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  hash!: string;

  @Column({ name: 'app_id', type: 'text', collation: 'C' })
  @ForeignKey(() => AppEntity, { name: 'portcullis_authorization_codes_app_id_fkey', onDelete: 'CASCADE' })
  appId!: string;

  @Column({ type: 'json' })
  granted!: object;

  @Column({ name: 'issued_at', type: 'timestamptz', precision: 3 })
  issuedAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;

  @Column({ name: 'consumed_at', type: 'timestamptz', precision: 3, nullable: true })
  consumedAt!: Date | null;
}
