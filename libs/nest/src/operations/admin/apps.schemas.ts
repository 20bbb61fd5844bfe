import { z } from 'zod';
import { isResourceIdentifier } from '../../authorities/resources/index.js';
import { name, scopes } from './admin.schemas.js';
import { clientKeys } from './client-key.schema.js';
import { redirectUri } from './redirect-uri.schema.js';

/** What can stand in a path, in `keyid` and in Hawk's `id` alike. */
export const appId = z
  .string()
  .regex(/^[A-Za-z0-9._~:@-]{1,128}$/, 'expected 1 to 128 of A-Z a-z 0-9 . _ ~ : @ -');

/** RFC 8707 §2 */
export const resourceIdentifier = z
  .string()
  .refine(isResourceIdentifier, 'expected an absolute URI without a fragment, of at most 256 characters');

const grantType = z.enum([
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'password',
  'implicit',
]);

const ORIGIN = /^(?:https:\/\/[\w.:[\]-]+|http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?)$/;

/** As a browser writes it into `Origin` (RFC 6454 §7). In clear only what a developer's own machine serves. */
const origin = z
  .string()
  .max(256)
  .refine(
    (text) => ORIGIN.test(text) && URL.canParse(text) && new URL(text).origin === text,
    'expected an origin such as https://app.example.com',
  );

const settings = {
  name,
  scopes,
  tier: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, 'expected the name of a tier')
    .nullable(),
  grantTypes: z.array(grantType).max(10),
  redirectUris: z.array(redirectUri).max(50),
  resources: z.array(resourceIdentifier).max(50),
  sessionKind: z.enum(['opaque', 'tokens']),
  refreshRotation: z.boolean(),
  clientKeys,
  plainPkce: z.boolean(),
  dpopBoundAccessTokens: z.boolean(),
  requirePushedRequests: z.boolean(),
  corsOrigins: z.array(origin).max(50),
};

export const newAppSchema = z.strictObject({
  id: appId.optional(),
  name,
  clientType: z.enum(['public', 'confidential']),
  signing: z.boolean().optional(),
  scopes: scopes.default([]),
  tier: settings.tier.default(null),
  grantTypes: settings.grantTypes.default([]),
  redirectUris: settings.redirectUris.default([]),
  resources: settings.resources.default([]),
  sessionKind: settings.sessionKind.default('opaque'),
  refreshRotation: settings.refreshRotation.default(true),
  clientKeys: settings.clientKeys.default([]),
  plainPkce: settings.plainPkce.default(false),
  dpopBoundAccessTokens: settings.dpopBoundAccessTokens.default(false),
  requirePushedRequests: settings.requirePushedRequests.default(false),
  corsOrigins: settings.corsOrigins.default([]),
});

export const appChangesSchema = z.strictObject({ ...settings, suspended: z.boolean() }).partial();
