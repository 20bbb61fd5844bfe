import { generateKeyPairSync, randomBytes } from 'node:crypto';
import {
  Provider,
  type AdapterConstructor,
  type AdapterFactory,
  type Configuration,
  type JWK,
} from 'oidc-provider';
import { listenOnFreePort } from './listen-on-free-port.js';
import { CLIENT_ID, RESOURCE, SCOPE, SERVICE_ID, TOKEN_PATH, type RefreshStack } from './refresh-stack.js';

const ISSUER = 'https://issuer.bank.example';
const ACCOUNT_ID = 'user-1';
const ACCESS_TOKEN_TTL_SECONDS = 300;
const REFRESH_TOKEN_TTL_SECONDS = 30 * 86_400;

function signingJwk(): JWK {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { ...privateKey.export({ format: 'jwk' }), kid: 'es', alg: 'ES256', use: 'sig' } as JWK;
}

function resourceServer() {
  return {
    scope: SCOPE,
    audience: RESOURCE,
    accessTokenTTL: ACCESS_TOKEN_TTL_SECONDS,
    accessTokenFormat: 'jwt',
    jwt: { sign: { alg: 'ES256' } },
  } as const;
}

/** No ID token, no user info: a refresh, a token for a service, and nothing else. */
function configuration(adapter: AdapterConstructor | AdapterFactory, serviceSecret: string): Configuration {
  return {
    adapter,
    clients: [
      {
        client_id: CLIENT_ID,
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['https://app.bank.example/callback'],
      },
      {
        client_id: SERVICE_ID,
        client_secret: serviceSecret,
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    jwks: { keys: [signingJwk()] },
    routes: { token: TOKEN_PATH },
    rotateRefreshToken: true,
    findAccount: (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: resourceServer,
      },
    },
    ttl: { RefreshToken: REFRESH_TOKEN_TTL_SECONDS, Grant: REFRESH_TOKEN_TTL_SECONDS },
  };
}

async function mintOne(provider: Provider): Promise<string> {
  const client = await provider.Client.find(CLIENT_ID);
  if (!client) throw new Error('the client is not registered');
  const grant = new provider.Grant({ accountId: ACCOUNT_ID, clientId: CLIENT_ID });
  grant.addResourceScope(RESOURCE, SCOPE);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: ACCOUNT_ID,
    client,
    grantId,
    gty: 'authorization_code',
    resource: RESOURCE,
    scope: SCOPE,
    expiresWithSession: false,
    rotations: 0,
  });
  return token.save();
}

/** npm oidc-provider with rotating refresh tokens and ES256 access tokens of RFC 9068, over the adapter that is given. */
export async function startProvider(adapter: AdapterConstructor | AdapterFactory): Promise<RefreshStack> {
  const serviceSecret = randomBytes(32).toString('base64url');
  const provider = new Provider(ISSUER, configuration(adapter, serviceSecret));
  const port = await listenOnFreePort(provider.callback());
  return {
    port,
    serviceSecret,
    async mint(count) {
      const tokens: string[] = [];
      // oxlint-disable-next-line no-await-in-loop -- before anything is measured
      while (tokens.length < count) tokens.push(await mintOne(provider));
      return tokens;
    },
  };
}
