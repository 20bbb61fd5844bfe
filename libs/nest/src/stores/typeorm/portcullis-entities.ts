import { AdminKeyEntity } from './entities/admin-key.entity.js';
import { AppSecretEntity } from './entities/app-secret.entity.js';
import { AppEntity } from './entities/app.entity.js';
import { AuditEventEntity } from './entities/audit-event.entity.js';
import { AuthorizationCodeEntity } from './entities/authorization-code.entity.js';
import { ChangeEntity } from './entities/change.entity.js';
import { CodeRedemptionEntity } from './entities/code-redemption.entity.js';
import { ConsentEntity } from './entities/consent.entity.js';
import { PushedRequestEntity } from './entities/pushed-request.entity.js';
import { RefreshFamilyEntity } from './entities/refresh-family.entity.js';
import { ResourceServerEntity } from './entities/resource-server.entity.js';
import { SessionEntity } from './entities/session.entity.js';
import { SigningKeyEntity } from './entities/signing-key.entity.js';
import { UserAppScopesEntity } from './entities/user-app-scopes.entity.js';
import { UserEntity } from './entities/user.entity.js';

/** The tables of the stores as entities, for a host's data source: what its schema is compared with, never made from. */
export const PORTCULLIS_ENTITIES = [
  AppEntity,
  AppSecretEntity,
  UserEntity,
  UserAppScopesEntity,
  SessionEntity,
  AdminKeyEntity,
  AuditEventEntity,
  ChangeEntity,
  SigningKeyEntity,
  RefreshFamilyEntity,
  ResourceServerEntity,
  ConsentEntity,
  AuthorizationCodeEntity,
  CodeRedemptionEntity,
  PushedRequestEntity,
] as const;
