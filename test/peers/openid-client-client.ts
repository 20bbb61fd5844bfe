import * as client from 'openid-client';
import { noteSecret } from '../support/log-book.js';
import type { PeerApp } from './peer-apps.js';
import type { PeerClient, PeerParts, PeerTokens } from './peer-client.js';

/** `openid-client` as its examples use it. It comes again with a nonce by itself. */
export class OpenidClientClient implements PeerClient {
  private checks = { pkceCodeVerifier: '', expectedState: '' };

  private constructor(
    private readonly parts: PeerParts,
    private readonly config: client.Configuration,
    private readonly options: client.DPoPOptions,
  ) {}

  static async start(parts: PeerParts): Promise<PeerClient> {
    const { issuer, app, dpopKeys, clockSkewSeconds } = parts;
    const metadata = { [client.clockSkew]: clockSkewSeconds };
    const config = await client.discovery(issuer, app.id, metadata, authenticationOf(app), {
      algorithm: 'oauth2',
      // The host is on loopback, without TLS.
      execute: [client.allowInsecureRequests],
    });
    const options = dpopKeys ? { DPoP: client.getDPoPHandle(config, dpopKeys) } : {};
    return new OpenidClientClient(parts, config, options);
  }

  async begin({ pushed }: { readonly pushed: boolean }): Promise<URL> {
    const pkceCodeVerifier = noteSecret(client.randomPKCECodeVerifier());
    this.checks = { pkceCodeVerifier, expectedState: client.randomState() };
    const request = {
      redirect_uri: this.parts.redirectUri,
      scope: this.parts.scope,
      state: this.checks.expectedState,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    };
    return pushed
      ? client.buildAuthorizationUrlWithPAR(this.config, request, this.options)
      : client.buildAuthorizationUrl(this.config, request);
  }

  redeem(callback: URL): Promise<PeerTokens> {
    return client.authorizationCodeGrant(this.config, callback, this.checks, undefined, this.options);
  }

  refresh(refreshToken: string): Promise<PeerTokens> {
    return client.refreshTokenGrant(this.config, refreshToken, undefined, this.options);
  }

  ownTokens(): Promise<PeerTokens> {
    return client.clientCredentialsGrant(this.config, { scope: this.parts.scope }, this.options);
  }

  async introspect(token: string): Promise<Readonly<Record<string, unknown>>> {
    return { ...(await client.tokenIntrospection(this.config, token)) };
  }

  revoke(token: string): Promise<void> {
    return client.tokenRevocation(this.config, token);
  }

  async call(accessToken: string, url: URL): Promise<number> {
    const headers = new Headers({ 'X-Api-Key': this.parts.app.id });
    try {
      const { config, options } = this;
      return (await client.fetchProtectedResource(config, accessToken, url, 'GET', null, headers, options))
        .status;
    } catch (error) {
      if (error instanceof client.WWWAuthenticateChallengeError) return error.status;
      throw error;
    }
  }
}

function authenticationOf({ method, secret, key }: PeerApp): client.ClientAuth {
  switch (method) {
    case 'client_secret_basic':
      return client.ClientSecretBasic(secret);
    case 'client_secret_post':
      return client.ClientSecretPost(secret);
    case 'private_key_jwt':
      return client.PrivateKeyJwt(key);
    default:
      return client.None();
  }
}
