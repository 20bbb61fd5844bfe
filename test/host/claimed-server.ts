import { Apps, type InboundRequest } from '@portcullis/nest';
import { ClientAttestations, type AttestedClient } from '@portcullis/nest/oauth';
import { SignJWT } from 'jose';
import { registerPeerApps, CUSTOM_SCHEME, type PeerApp, type PeerMethod } from '../peers/peer-apps.js';
import { authorize, codeRequest, pkcePair, TestBrowser, toldToApp } from '../support/authorization-flow.js';
import type { OpenedDatabase, Tables } from '../support/databases.js';
import { basic, FORM, SCOPES, startOAuthHost, type OAuthHost } from '../support/oauth-host.js';

export type Method = PeerMethod | 'attest_jwt_client_auth';
export type Metadata = Readonly<Record<string, unknown>>;
export type Fields = Readonly<Record<string, string | undefined>>;

export interface Sent {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const ATTESTATION = 'oauth-client-attestation';

/** Believes what it is told: whom it vouches for is not what is tested here. */
class GullibleAttestations extends ClientAttestations {
  override verify(request: InboundRequest): AttestedClient | undefined {
    const clientId = request.header(ATTESTATION);
    return clientId === undefined ? undefined : { clientId, claims: [] };
  }
}

/** A server whose announcements are taken at their word: everything is asked for where it says that it is. */
export class ClaimedServer {
  private constructor(
    readonly host: OAuthHost,
    readonly apps: Readonly<Record<PeerMethod, PeerApp>>,
    /** A public app that is allowed all that apps should not do. */
    readonly weakId: string,
  ) {}

  static async start(open: (tables: Tables) => Promise<OpenedDatabase>): Promise<ClaimedServer> {
    const host = await startOAuthHost('fastify', open, {
      issuerAt: (url) => url,
      oauth: {
        scopes: { 'accounts:read': 'See accounts', 'transfers:write': 'Send money' },
        clientAttestations: new GullibleAttestations(),
      },
    });
    const { app } = await host.get(Apps).register({
      name: 'From an earlier time',
      clientType: 'public',
      scopes: SCOPES,
      grantTypes: ['authorization_code', 'password', 'implicit'],
      redirectUris: [CUSTOM_SCHEME],
      plainPkce: true,
    });
    return new ClaimedServer(host, await registerPeerApps(host), app.id);
  }

  async metadata(): Promise<Metadata> {
    const answer = await fetch(`${this.host.url}/.well-known/oauth-authorization-server`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json(;|$)/);
    return (await answer.json()) as Metadata;
  }

  async send(url: unknown, fields: Fields, headers: Readonly<Record<string, string>> = {}): Promise<Sent> {
    const body = new URLSearchParams(present(fields));
    const answer = await fetch(String(url), { method: 'POST', headers: { ...FORM, ...headers }, body });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Sent['body']) };
  }

  /** To an endpoint as a client that authenticates so. */
  async sendAs(method: Method, url: unknown, fields: Fields): Promise<Sent> {
    const { private_key_jwt: keyed, client_secret_basic: secret, none } = this.apps;
    switch (method) {
      case 'none':
        return this.send(url, { ...fields, client_id: none.id });
      case 'client_secret_basic':
        return this.send(url, fields, basic(secret.id, secret.secret));
      case 'client_secret_post':
        return this.send(url, { ...fields, client_id: secret.id, client_secret: secret.secret });
      case 'private_key_jwt':
        return this.send(url, { ...fields, ...(await this.assertionOf(keyed, 'ES256')) });
      default:
        return this.send(url, fields, { [ATTESTATION]: secret.id });
    }
  }

  async assertionOf({ id, key }: PeerApp, alg: string): Promise<Fields> {
    const assertion = new SignJWT()
      .setProtectedHeader({ alg, kid: key.kid })
      .setIssuer(id)
      .setSubject(id)
      .setAudience(this.host.url)
      .setJti(crypto.randomUUID())
      .setExpirationTime('1 minute');
    return {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion.sign(key.key),
    };
  }

  /** The access token that a client is given who authenticates so. */
  async tokenFor(method: Method, url: unknown): Promise<string> {
    const { refreshToken } = await this.host.startSession(this.apps.none.id);
    const grant =
      method === 'none'
        ? { grant_type: 'refresh_token', refresh_token: refreshToken }
        : { grant_type: 'client_credentials' };
    return accessTokenOf(await this.sendAs(method, url, grant));
  }

  /** What an app is told in the end that sends its user to the authorization endpoint. */
  async toldAfter(request: Fields, clientId = this.apps.none.id): Promise<Record<string, string>> {
    const whole = codeRequest(clientId, CUSTOM_SCHEME, request);
    const shown = await authorize(new TestBrowser(this.host.url), whole, this.host.login);
    return toldToApp(shown);
  }

  /** What is told at once, without a page. */
  async toldAtOnce(request: Fields, clientId = this.apps.none.id): Promise<Record<string, string>> {
    const whole = codeRequest(clientId, CUSTOM_SCHEME, request);
    return toldToApp(await new TestBrowser(this.host.url).open(whole));
  }

  /** Redeems a code whose challenge was made so. */
  async redeemed(url: unknown, method: 'S256' | 'plain', clientId: string): Promise<Sent> {
    const { verifier, challenge } = pkcePair();
    const code_challenge = method === 'plain' ? verifier : challenge;
    const { code } = await this.toldAfter({ code_challenge, code_challenge_method: method }, clientId);
    const client = { client_id: clientId, redirect_uri: CUSTOM_SCHEME, code_verifier: verifier };
    return this.send(url, { grant_type: 'authorization_code', code, ...client });
  }

  withPassword(url: unknown, clientId: string): Promise<Sent> {
    return this.send(url, { grant_type: 'password', client_id: clientId, ...this.host.login });
  }
}

export function accessTokenOf({ status, body }: Sent): string {
  expect({ status, ...body }).toMatchObject({ status: 200, access_token: expect.any(String) });
  return body['access_token'] as string;
}

function present(fields: Fields): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}
