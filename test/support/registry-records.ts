import { randomBytes, randomUUID } from 'node:crypto';
import type { AppRecord, AppSecretRecord } from '../../libs/nest/src/authorities/apps/index.js';
import type { SessionRecord } from '../../libs/nest/src/authorities/sessions/index.js';
import type { UserRecord } from '../../libs/nest/src/authorities/users/index.js';

/** A moment to count from, with the milliseconds that a column could lose. */
export const NOON = Date.parse('2026-03-29T12:00:00.123Z');

export const after = (seconds: number): Date => new Date(NOON + seconds * 1000);

const unique = (): string => randomBytes(8).toString('hex');

export function anApp(given: Partial<AppRecord> = {}): AppRecord {
  return {
    id: `app-${unique()}`,
    name: 'Savings',
    clientType: 'confidential',
    scopes: ['accounts:read'],
    tier: null,
    grantTypes: ['client_credentials'],
    redirectUris: ['https://app.example/cb?a=b,c'],
    resources: ['https://api.example'],
    sessionKind: 'opaque',
    refreshRotation: true,
    suspended: false,
    createdAt: after(0),
    ...given,
  };
}

export function aSecret(given: Partial<AppSecretRecord> & Pick<AppSecretRecord, 'appId'>): AppSecretRecord {
  const { purpose = 'signing' } = given;
  return {
    id: randomUUID(),
    purpose,
    sealed: purpose === 'client' ? null : randomBytes(40),
    hash: purpose === 'client' ? unique() : null,
    createdAt: after(0),
    expiresAt: null,
    ...given,
  };
}

export function aUser(given: Partial<UserRecord> = {}): UserRecord {
  const username = `user-${unique()}`;
  return {
    id: randomUUID(),
    username,
    usernameKey: username,
    passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA',
    scopes: ['accounts:read', 'transfers:write'],
    suspended: false,
    createdAt: after(0),
    ...given,
  };
}

export function aSession(
  given: Partial<SessionRecord> & Pick<SessionRecord, 'userId' | 'appId'>,
): SessionRecord {
  const { kind = 'opaque' } = given;
  return {
    id: unique(),
    kind,
    secretHash: kind === 'opaque' ? unique() : null,
    scopes: ['accounts:read'],
    device: null,
    startedFrom: null,
    createdAt: after(0),
    lastUsedAt: after(0),
    expiresAt: after(3600),
    ...given,
  };
}
