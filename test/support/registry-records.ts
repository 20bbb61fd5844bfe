import { randomBytes, randomUUID } from 'node:crypto';
import type { AppRecord, AppSecretRecord } from '../../libs/nest/src/authorities/apps/index.js';
import type { ConsentRecord } from '../../libs/nest/src/authorities/authorizations/index.js';
import type {
  AuthorizationCodeRecord,
  AuthorizationGrant,
  PushedRequestRecord,
} from '../../libs/nest/src/authorities/authorizations/index.js';
import type { ResourceServerRecord } from '../../libs/nest/src/authorities/resources/index.js';
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
    clientKeys: [],
    plainPkce: false,
    dpopBoundAccessTokens: false,
    requirePushedRequests: false,
    corsOrigins: [],
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

export function aResourceServer(given: Partial<ResourceServerRecord> = {}): ResourceServerRecord {
  return {
    identifier: `https://api.example/${unique()}`,
    name: 'Payments',
    scopes: ['payments:read'],
    appId: null,
    createdAt: after(0),
    ...given,
  };
}

export function aConsent(given: Partial<ConsentRecord> & Pick<ConsentRecord, 'appId'>): ConsentRecord {
  return {
    userId: `user-${unique()}`,
    resource: null,
    scopes: ['accounts:read'],
    grantedAt: after(0),
    ...given,
  };
}

export function aCode(
  given: Partial<AuthorizationGrant> & Pick<AuthorizationGrant, 'appId'>,
): AuthorizationCodeRecord {
  const grant: AuthorizationGrant = {
    redirectUri: 'https://app.example/cb?a=b,c',
    codeChallenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    codeChallengeMethod: 'S256',
    userId: `user-${unique()}`,
    credentialVersionHash: unique(),
    scopes: ['accounts:read'],
    resource: null,
    dpopJkt: null,
    device: null,
    address: null,
    ...given,
  };
  return { hash: unique(), grant, issuedAt: after(0), expiresAt: after(60) };
}

export function aPushedRequest(
  given: Partial<PushedRequestRecord> & Pick<PushedRequestRecord, 'appId'>,
): PushedRequestRecord {
  return { hash: unique(), parameters: { response_type: 'code' }, expiresAt: after(60), ...given };
}
