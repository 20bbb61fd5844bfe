import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AppEntity } from './app.entity.js';

@Entity('portcullis_pushed_requests')
@Index('portcullis_pushed_requests_app_id_idx', ['appId'])
@Index('portcullis_pushed_requests_expires_at_idx', ['expiresAt'])
export class PushedRequestEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  hash!: string;

  @Column({ name: 'app_id', type: 'text', collation: 'C' })
  @ForeignKey(() => AppEntity, { name: 'portcullis_pushed_requests_app_id_fkey', onDelete: 'CASCADE' })
  appId!: string;

  @Column({ type: 'json' })
  parameters!: object;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
