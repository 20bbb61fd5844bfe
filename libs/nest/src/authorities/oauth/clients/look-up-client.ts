import type { ClientApps, ClientWithSecrets } from '../../apps/index.js';

/** What can be the id of an app. Nothing else is looked up, nor remembered as unknown. */
const APP_ID = /^[\x20-\x7e]{1,128}$/;

/** The client of that id, also a suspended one. Undefined when there is none. Throws when it cannot know. */
export function lookUpClient(
  apps: ClientApps,
  clientId: string,
): ClientWithSecrets | undefined | Promise<ClientWithSecrets | undefined> {
  return APP_ID.test(clientId) ? apps.find(clientId) : undefined;
}
