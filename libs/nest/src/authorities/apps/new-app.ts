import type { AppRecord } from './app.store.js';

/** What a new app is registered with. */
export interface NewApp extends Partial<Omit<AppRecord, 'createdAt' | 'suspended'>> {
  readonly name: string;
  readonly clientType: AppRecord['clientType'];
  /** A public app signs its requests only when this is asked for; a confidential one always can. */
  readonly signing?: boolean | undefined;
}

/** What an app is that says nothing of it. */
export const UNLESS_NAMED = {
  scopes: [],
  tier: null,
  grantTypes: [],
  redirectUris: [],
  resources: [],
  sessionKind: 'opaque',
  refreshRotation: true,
  clientKeys: [],
  plainPkce: false,
  dpopBoundAccessTokens: false,
  requirePushedRequests: false,
  corsOrigins: [],
} as const;
