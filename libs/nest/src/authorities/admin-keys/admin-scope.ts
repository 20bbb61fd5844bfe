import { SetMetadata } from '@nestjs/common';

/** What an administration key may do. */
export const ADMIN_SCOPES = [
  'apps:read',
  'apps:write',
  'secrets:write',
  'users:read',
  'users:write',
  'sessions:read',
  'sessions:write',
  'resources:read',
  'resources:write',
  'consents:read',
  'consents:write',
  'revocations:read',
  'revocations:write',
  'signing-keys:read',
  'signing-keys:write',
  'keys:read',
  'keys:write',
  'audit:read',
  'doctor:read',
] as const;

export type AdminScope = (typeof ADMIN_SCOPES)[number];

const ADMIN_SCOPE = Symbol('portcullis:admin-scope');

/** The scope that an operation of the administration interface demands of the key. Every operation names one. */
export function AdminScope(scope: AdminScope): MethodDecorator {
  return SetMetadata(ADMIN_SCOPE, scope);
}

/** Undefined for a handler that names none. */
export function adminScopeOf(handler: object): AdminScope | undefined {
  return Reflect.getMetadata(ADMIN_SCOPE, handler) as AdminScope | undefined;
}
