import { z } from 'zod';
import { name, scopes } from './admin.schemas.js';
import { appId, resourceIdentifier } from './apps.schemas.js';

const settings = {
  name,
  scopes,
  /** The confidential app that it introspects tokens as; null for none. */
  appId: appId.nullable(),
};

export const newResourceSchema = z.strictObject({
  identifier: resourceIdentifier,
  name,
  scopes: scopes.default([]),
  appId: settings.appId.default(null),
});

export const resourceChangesSchema = z.strictObject(settings).partial();
