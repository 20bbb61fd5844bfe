import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AppEntity } from './app.entity.js';

@Entity('portcullis_consents')
@Index('portcullis_consents_app_id_idx', ['appId'])
export class ConsentEntity {
  /** No foreign key: the host may keep its users elsewhere. */
  @PrimaryColumn({ name: 'user_id', type: 'text', collation: 'C' })
  userId!: string;

  @PrimaryColumn({ name: 'app_id', type: 'text', collation: 'C' })
  @ForeignKey(() => AppEntity, { name: 'portcullis_consents_app_id_fkey', onDelete: 'CASCADE' })
  appId!: string;

  /** Empty: the issuer's own API. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  resource!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ name: 'granted_at', type: 'timestamptz', precision: 3 })
  grantedAt!: Date;
}
