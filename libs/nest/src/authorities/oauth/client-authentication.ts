import { Injectable } from '@nestjs/common';
import { ClientApps, SecretVault, type ClientApp, type ClientWithSecrets } from '../apps/index.js';
import { OAuthError } from './oauth-error.js';
import { BASIC_CHALLENGE, type ClientCredentials } from './read-client-credentials.js';

/** What can be the id of an app. Nothing else is looked up, nor remembered as unknown. */
const APP_ID = /^[\x20-\x7e]{1,128}$/;
const NO_SECRETS: readonly string[] = [];

/** Authenticates apps at the token endpoint (RFC 6749 §2.3), from memory after a node's first sight of them. */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly apps: ClientApps,
    private readonly vault: SecretVault,
  ) {}

  /** Throws `invalid_client`: one answer for an unknown app, a suspended one, and a wrong secret. */
  async authenticate(credentials: ClientCredentials): Promise<ClientApp> {
    const { clientId } = credentials;
    const found = APP_ID.test(clientId) ? this.apps.find(clientId) : undefined;
    const client = found instanceof Promise ? await found : found;
    const reason = this.refuse(client, credentials);
    if (client && reason === undefined) return client.app;
    const headers = credentials.method === 'basic' ? BASIC_CHALLENGE : {};
    throw new OAuthError('invalid_client', { reason: reason ?? 'client_unknown', headers });
  }

  /** Why it is not the client that it says it is. The secret is looked at first, whoever it is said to be of. */
  private refuse(client: ClientWithSecrets | undefined, { secret }: ClientCredentials): string | undefined {
    const hashes = client?.secretHashes ?? NO_SECRETS;
    const proven = secret !== undefined && this.vault.isClientSecret(secret, hashes);
    if (!client) return 'client_unknown';
    if (client.app.suspended) return 'client_suspended';
    if (client.app.clientType === 'public')
      return secret === undefined ? undefined : 'client_secret_of_public';
    if (secret === undefined) return 'client_secret_missing';
    return proven ? undefined : 'client_secret_wrong';
  }
}
