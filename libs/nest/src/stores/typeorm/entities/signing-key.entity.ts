import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('portcullis_signing_keys')
@Check('portcullis_signing_keys_kid_check', `kid ~ '^[ -~]{1,128}$'`)
@Check('portcullis_signing_keys_algorithm_check', `algorithm IN ('ES256', 'HS256')`)
export class SigningKeyEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  kid!: string;

  @Column({ type: 'text' })
  algorithm!: 'ES256' | 'HS256';

  @Column({ type: 'bytea' })
  sealed!: Buffer;

  @Column({ name: 'public_jwk', type: 'jsonb', nullable: true })
  publicJwk!: object | null;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;

  @Column({ name: 'signs_from', type: 'timestamptz', precision: 3 })
  signsFrom!: Date;
}
