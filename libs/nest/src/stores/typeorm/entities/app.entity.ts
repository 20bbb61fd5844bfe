import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ClientType } from '../../../authorities/apps/index.js';

@Entity('portcullis_apps')
@Check('portcullis_apps_id_check', `id ~ '^[ -~]{1,128}$'`)
@Check('portcullis_apps_client_type_check', `client_type IN ('public', 'confidential')`)
@Check('portcullis_apps_session_kind_check', `session_kind IN ('opaque', 'tokens')`)
export class AppEntity {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  @Column({ type: 'text' })
  name!: string;

  @Column({ name: 'client_type', type: 'text' })
  clientType!: ClientType;

  @Column({ type: 'text', array: true })
  scopes!: string[];

  @Column({ type: 'text', nullable: true })
  tier!: string | null;

  @Column({ name: 'grant_types', type: 'text', array: true })
  grantTypes!: string[];

  @Column({ name: 'redirect_uris', type: 'text', array: true })
  redirectUris!: string[];

  @Column({ type: 'text', array: true })
  resources!: string[];

  @Column({ type: 'boolean' })
  suspended!: boolean;

  @Column({ name: 'session_kind', type: 'text', default: 'opaque' })
  sessionKind!: 'opaque' | 'tokens';

  @Column({ name: 'refresh_rotation', type: 'boolean', default: true })
  refreshRotation!: boolean;

  @Column({ name: 'client_keys', type: 'jsonb', default: [] })
  clientKeys!: object[];

  @Column({ name: 'plain_pkce', type: 'boolean', default: false })
  plainPkce!: boolean;

  @Column({ name: 'dpop_bound_access_tokens', type: 'boolean', default: false })
  dpopBoundAccessTokens!: boolean;

  @Column({ name: 'require_pushed_requests', type: 'boolean', default: false })
  requirePushedRequests!: boolean;

  @Column({ name: 'cors_origins', type: 'text', array: true, default: [] })
  corsOrigins!: string[];

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
