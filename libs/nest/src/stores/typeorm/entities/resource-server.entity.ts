import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AppEntity } from './app.entity.js';

@Entity('portcullis_resources')
@Check('portcullis_resources_identifier_check', `identifier <> '' AND length(identifier) <= 256`)
@Index('portcullis_resources_app_id_idx', ['appId'])
export class ResourceServerEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  identifier!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ name: 'app_id', type: 'text', collation: 'C', nullable: true })
  @ForeignKey(() => AppEntity, { name: 'portcullis_resources_app_id_fkey', onDelete: 'SET NULL' })
  appId!: string | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
