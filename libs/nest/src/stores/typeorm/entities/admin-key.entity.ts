import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('portcullis_admin_keys')
@Check('portcullis_admin_keys_id_check', `id ~ '^[ -~]{1,128}$'`)
export class AdminKeyEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'secret_hash', type: 'text' })
  secretHash!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'timestamptz', precision: 3 })
  expiresAt!: Date;
}
