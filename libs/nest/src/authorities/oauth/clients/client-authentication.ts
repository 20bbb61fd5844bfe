import { Injectable } from '@nestjs/common';
import { ClientApps, SecretVault, type ClientWithSecrets } from '../../apps/index.js';
import type { Exchange } from '../protocol/exchange.js';
import { OAuthError } from '../protocol/oauth-error.js';
import { ClientAssertions } from './client-assertions.js';
import type { AttestedClient } from './client-attestations.js';
import { lookUpClient } from './look-up-client.js';
import { BASIC_CHALLENGE, type ClientCredentials } from './read-client-credentials.js';

const NO_SECRETS: readonly string[] = [];

/** Authenticates apps (RFC 6749 §2.3), from memory after a node's first sight of them. */
@Injectable()
export class ClientAuthentication {
  constructor(
    private readonly apps: ClientApps,
    private readonly vault: SecretVault,
    private readonly assertions: ClientAssertions,
  ) {}

  /**
   * Notes who the client is, how it has proven that, and what of the proof may be had once. Throws `invalid_client`: one answer
   * for an unknown app, a suspended one, and a wrong secret.
   */
  authenticate(exchange: Exchange, credentials: ClientCredentials): void | Promise<void> {
    if (credentials.method === 'private_key_jwt') return this.byAssertion(exchange, credentials);
    const { method, clientId } = credentials;
    if (clientId === undefined) throw refusal(method, 'client_missing');
    return this.with(exchange, clientId, (client) => {
      const reason = this.refuseSecret(client, credentials);
      if (!client || reason !== undefined) throw refusal(method, reason ?? 'client_unknown');
      settle(exchange, client, method);
    });
  }

  /** The same for one that an attestation service vouches for; it has no secret, and needs none. */
  attested(exchange: Exchange, { clientId, claims }: AttestedClient): void | Promise<void> {
    return this.with(exchange, clientId, (client) => {
      if (!client || client.app.suspended)
        throw refusal('none', client ? 'client_suspended' : 'client_unknown');
      settle(exchange, client, 'attest_jwt_client_auth');
      for (const claim of claims)
        exchange.claims.push({ claim, refusal: 'invalid_client', reason: 'attestation_replayed' });
    });
  }

  private byAssertion(
    exchange: Exchange,
    { assertion: text, clientId }: Extract<ClientCredentials, { method: 'private_key_jwt' }>,
  ): void | Promise<void> {
    const assertion = this.assertions.read(text);
    if (clientId !== undefined && clientId !== assertion.clientId)
      throw new OAuthError('invalid_request', { reason: 'client_ids_disagree' });
    return this.with(exchange, assertion.clientId, (client) => {
      if (!client || client.app.suspended)
        throw refusal('private_key_jwt', client ? 'client_suspended' : 'client_unknown');
      exchange.claims.push(this.assertions.verify(assertion, client.app));
      settle(exchange, client, 'private_key_jwt');
    });
  }

  private with(
    exchange: Exchange,
    clientId: string,
    judge: (client: ClientWithSecrets | undefined) => void,
  ): void | Promise<void> {
    exchange.clientId = clientId;
    const found = lookUpClient(this.apps, clientId);
    return found instanceof Promise ? found.then(judge) : judge(found);
  }

  /** Why it is not the client that it says it is. The secret is looked at first, whoever it is said to be of. */
  private refuseSecret(
    client: ClientWithSecrets | undefined,
    credentials: Exclude<ClientCredentials, { method: 'private_key_jwt' }>,
  ): string | undefined {
    const hashes = client?.secretHashes ?? NO_SECRETS;
    const secret = credentials.method === 'none' ? undefined : credentials.secret;
    const proven = secret !== undefined && this.vault.isClientSecret(secret, hashes);
    if (!client) return 'client_unknown';
    if (client.app.suspended) return 'client_suspended';
    if (client.app.clientType === 'public')
      return secret === undefined ? undefined : 'client_secret_of_public';
    // Whoever has keys proves to hold them: a secret of an earlier time opens nothing.
    if (client.app.clientKeys.length > 0) return 'client_assertion_missing';
    if (secret === undefined) return 'client_secret_missing';
    return proven ? undefined : 'client_secret_wrong';
  }
}

function settle(exchange: Exchange, { app }: ClientWithSecrets, method: Exchange['clientMethod']): void {
  exchange.client = app;
  exchange.clientMethod = method;
}

function refusal(method: ClientCredentials['method'], reason: string): OAuthError {
  const headers = method === 'client_secret_basic' ? BASIC_CHALLENGE : {};
  return new OAuthError('invalid_client', { reason, headers });
}
