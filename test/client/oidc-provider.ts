import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider, type Configuration, type JWK } from 'oidc-provider';

export const RESOURCE = 'https://bank.example';
export const SCOPE = 'accounts:read';
export const CUSTOM_SCHEME = 'com.example.bank:/callback';
/** Of letters that HTTP Basic cannot have as they are. */
export const CLIENT_SECRET = 'a secret: with % and +';
export const LOOPBACK = 'http://127.0.0.1/callback';

export interface OidcProvider {
  readonly issuer: string;
  readonly signingJwk: JWK;
  /** What the user's browser ends with when it is sent to `url`: the callback that the app is opened with. */
  browse(url: string, answer?: 'allow' | 'deny'): Promise<string>;
  /** Query of every authorization request, and paths of every other request, in order. */
  readonly asked: URL[];
  stop(): Promise<void>;
}

function configuration(signingJwk: JWK): Configuration {
  return {
    clients: [
      {
        client_id: 'bank-ios',
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [CUSTOM_SCHEME, LOOPBACK],
        scope: SCOPE,
      },
      {
        client_id: 'bank-desk',
        client_secret: CLIENT_SECRET,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['https://desk.bank.example/callback'],
        scope: SCOPE,
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [signingJwk] },
    scopes: [SCOPE],
    rotateRefreshToken: true,
    issueRefreshToken: async () => true,
    findAccount: (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    pkce: { required: () => true },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      revocation: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: SCOPE,
          audience: RESOURCE,
          accessTokenTTL: 300,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    ttl: { Session: 600, Interaction: 600, Grant: 600, RefreshToken: 600, AuthorizationCode: 60 },
  };
}

const MOST_PAGES = 10;

/** The user signs in and consents, or does not. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  answer: string,
): Promise<void> {
  const { params } = await provider.interactionDetails(request, response);
  if (answer === 'deny') return provider.interactionFinished(request, response, { error: 'access_denied' });
  const grant = new provider.Grant({ accountId: 'ada', clientId: String(params['client_id']) });
  grant.addOIDCScope(SCOPE);
  grant.addResourceScope(RESOURCE, SCOPE);
  const grantId = await grant.save();
  const result = { login: { accountId: 'ada' }, consent: { grantId } };
  return provider.interactionFinished(request, response, result);
}

/** npm oidc-provider over real HTTP, with PKCE, PAR, DPoP with nonces, revocation and resources. */
export async function startOidcProvider(): Promise<OidcProvider> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const signingJwk = { ...privateKey.export({ format: 'jwk' }), kid: 'es', alg: 'ES256', use: 'sig' } as JWK;
  const server = await listening();
  const issuer = originOf(server);
  const asked: URL[] = [];
  const provider = new Provider(issuer, configuration(signingJwk));
  const handle = provider.callback();
  let answer = 'allow';
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    asked.push(new URL(request.url ?? '/', issuer));
    if (request.url?.startsWith('/interaction/') !== true) return void handle(request, response);
    interact(provider, request, response, answer).catch((error: unknown) => response.destroy(error as Error));
  });
  const browse: OidcProvider['browse'] = async (url, wanted = 'allow') => {
    answer = wanted;
    const cookies = new Map<string, string>();
    for (let next = url, pages = 0; ; pages += 1) {
      if (pages > MOST_PAGES) throw new Error(`the browser is led in circles: ${next}`);
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const seen = await fetch(next, { redirect: 'manual', headers: { cookie } });
      for (const set of seen.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        cookies.set(name, value);
      }
      const location = seen.headers.get('location');
      if (location === null) throw new Error(`the browser stays at ${seen.status}: ${await seen.text()}`);
      next = location.startsWith('/') ? issuer + location : location;
      if (!next.startsWith(issuer)) return next;
    }
  };
  return { issuer, signingJwk, browse, asked, stop: () => stopped(server) };
}

export async function listening(): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

export function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export function stopped(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
