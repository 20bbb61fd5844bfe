import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { AppEntity } from './app.entity.js';
import { UserEntity } from './user.entity.js';

@Entity('portcullis_user_app_scopes')
@Index('portcullis_user_app_scopes_app_id_idx', ['appId'])
export class UserAppScopesEntity {
  @PrimaryColumn({ name: 'user_id', type: 'uuid' })
  @ForeignKey(() => UserEntity, { name: 'portcullis_user_app_scopes_user_id_fkey', onDelete: 'CASCADE' })
  userId!: string;

  @PrimaryColumn({ name: 'app_id', type: 'text', collation: 'C' })
  @ForeignKey(() => AppEntity, { name: 'portcullis_user_app_scopes_app_id_fkey', onDelete: 'CASCADE' })
  appId!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];
}
