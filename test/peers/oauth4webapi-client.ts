import * as oauth from 'oauth4webapi';
import { noteSecret } from '../support/log-book.js';
import type { PeerApp } from './peer-apps.js';
import type { PeerClient, PeerParts, PeerTokens } from './peer-client.js';

/** The host is on loopback, without TLS. */
const INSECURE = { [oauth.allowInsecureRequests]: true };

interface DiscoveredServer {
  readonly as: oauth.AuthorizationServer;
  readonly client: oauth.Client;
  readonly auth: oauth.ClientAuth;
  readonly options: { readonly DPoP?: oauth.DPoPHandle };
}

/** `oauth4webapi` as its examples use it. */
export class Oauth4webapiClient implements PeerClient {
  private verifier = '';
  private state = '';

  private constructor(
    private readonly parts: PeerParts,
    private readonly server: DiscoveredServer,
  ) {}

  static async start(parts: PeerParts): Promise<PeerClient> {
    const { issuer, app, dpopKeys, clockSkewSeconds } = parts;
    const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...INSECURE });
    const as = await oauth.processDiscoveryResponse(issuer, found);
    const client = { client_id: app.id, [oauth.clockSkew]: clockSkewSeconds };
    const options = { ...INSECURE, ...(dpopKeys && { DPoP: oauth.DPoP(client, dpopKeys) }) };
    return new Oauth4webapiClient(parts, { as, client, auth: authenticationOf(app), options });
  }

  async begin({ pushed }: { readonly pushed: boolean }): Promise<URL> {
    const { as, client } = this.server;
    this.verifier = noteSecret(oauth.generateRandomCodeVerifier());
    this.state = oauth.generateRandomState();
    const request = {
      client_id: client.client_id,
      response_type: 'code',
      redirect_uri: this.parts.redirectUri,
      scope: this.parts.scope,
      state: this.state,
      code_challenge: await oauth.calculatePKCECodeChallenge(this.verifier),
      code_challenge_method: 'S256',
    };
    const url = new URL(as.authorization_endpoint as string);
    const sent = pushed ? await this.push(request) : request;
    for (const [name, value] of Object.entries(sent)) url.searchParams.set(name, value);
    return url;
  }

  redeem(callback: URL): Promise<PeerTokens> {
    const { as, client, auth, options } = this.server;
    const told = oauth.validateAuthResponse(as, client, callback, this.state);
    return this.withNonce(async () => {
      const { redirectUri } = this.parts;
      const { verifier } = this;
      const answer = oauth.authorizationCodeGrantRequest(
        as,
        client,
        auth,
        told,
        redirectUri,
        verifier,
        options,
      );
      return oauth.processAuthorizationCodeResponse(as, client, await answer);
    });
  }

  refresh(refreshToken: string): Promise<PeerTokens> {
    const { as, client, auth, options } = this.server;
    return this.withNonce(async () => {
      const answer = await oauth.refreshTokenGrantRequest(as, client, auth, refreshToken, options);
      return oauth.processRefreshTokenResponse(as, client, answer);
    });
  }

  ownTokens(): Promise<PeerTokens> {
    const { as, client, auth, options } = this.server;
    const { scope } = this.parts;
    return this.withNonce(async () => {
      const answer = await oauth.clientCredentialsGrantRequest(as, client, auth, { scope }, options);
      return oauth.processClientCredentialsResponse(as, client, answer);
    });
  }

  async introspect(token: string): Promise<Readonly<Record<string, unknown>>> {
    const { as, client, auth } = this.server;
    const answer = await oauth.introspectionRequest(as, client, auth, token, INSECURE);
    return { ...(await oauth.processIntrospectionResponse(as, client, answer)) };
  }

  async revoke(token: string): Promise<void> {
    const { as, client, auth } = this.server;
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, auth, token, INSECURE));
  }

  async call(accessToken: string, url: URL): Promise<number> {
    const { client, options } = this.server;
    const headers = new Headers({ 'X-Api-Key': client.client_id });
    const ask = () => oauth.protectedResourceRequest(accessToken, 'GET', url, headers, undefined, options);
    try {
      return (await this.withNonce(ask)).status;
    } catch (error) {
      if (error instanceof oauth.WWWAuthenticateChallengeError) return error.status;
      throw error;
    }
  }

  private async push(request: Record<string, string>): Promise<Record<string, string>> {
    const { as, client, auth, options } = this.server;
    const pushed = await this.withNonce(async () => {
      const answer = await oauth.pushedAuthorizationRequest(as, client, auth, request, options);
      return oauth.processPushedAuthorizationResponse(as, client, answer);
    });
    return { client_id: client.client_id, request_uri: pushed.request_uri };
  }

  /** The library keeps the nonce; that it asks again is up to whoever uses it. */
  private async withNonce<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error;
      return ask();
    }
  }
}

function authenticationOf({ method, secret, key }: PeerApp): oauth.ClientAuth {
  switch (method) {
    case 'client_secret_basic':
      return oauth.ClientSecretBasic(secret);
    case 'client_secret_post':
      return oauth.ClientSecretPost(secret);
    case 'private_key_jwt':
      return oauth.PrivateKeyJwt(key);
    default:
      return oauth.None();
  }
}
