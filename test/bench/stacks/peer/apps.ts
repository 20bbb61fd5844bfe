import { createSecretKey } from 'node:crypto';
import { SCOPES, type Issuers } from '../../issuers.js';
import type { App } from './bank-request.js';

/** Every app, its keys built once. */
export class Apps extends Map<string, App> {}

export function listedApps(issuers: Issuers, count: number): Apps {
  const apps = new Apps();
  for (let index = 0; index < count; index++) {
    const { id, signing, integrity } = issuers.app(index);
    const key = createSecretKey(Buffer.from(signing));
    apps.set(id, { id, key, algorithm: 'sha256', integrityKey: createSecretKey(integrity), scopes: SCOPES });
  }
  return apps;
}
