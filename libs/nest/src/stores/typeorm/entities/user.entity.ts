import { Column, Entity, PrimaryColumn, Unique } from 'typeorm';

@Entity('portcullis_users')
@Unique('portcullis_users_username_key_key', ['usernameKey'])
export class UserEntity {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text', collation: 'C' })
  username!: string;

  @Column({ name: 'username_key', type: 'text', collation: 'C' })
  usernameKey!: string;

  @Column({ name: 'password_hash', type: 'text' })
  passwordHash!: string;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ type: 'boolean' })
  suspended!: boolean;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
