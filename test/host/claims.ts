import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { CUSTOM_SCHEME } from '../peers/peer-apps.js';
import { codeRequest, TestBrowser } from '../support/authorization-flow.js';
import { aDevice, aProof } from '../support/dpop-proofs.js';
import { accessTokenOf, type ClaimedServer, type Metadata, type Method } from './claimed-server.js';

/** Takes what a member says at its word. */
export type ExerciseClaim = (server: ClaimedServer, metadata: Metadata) => Promise<void>;

type ExerciseValue = (server: ClaimedServer, metadata: Metadata) => Promise<unknown>;

/** For a list: every value, and no other than those that are known here. */
function each(member: string, exercises: Readonly<Record<string, ExerciseValue>>): ExerciseClaim {
  return async (server, metadata) => {
    expect([...(metadata[member] as string[])].toSorted()).toEqual(Object.keys(exercises).toSorted());
    for (const exercise of Object.values(exercises)) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other says which of them does not work
      await exercise(server, metadata);
    }
  };
}

const gives =
  (method: Method): ExerciseValue =>
  (server, { token_endpoint: url }) =>
    server.tokenFor(method, url);

const introspects =
  (method: Method): ExerciseValue =>
  async (server, { token_endpoint, introspection_endpoint: url }) => {
    const token = await server.tokenFor(method, token_endpoint);
    const { body } = await server.sendAs(method, url, { token });
    expect(body).toMatchObject({ active: true, iss: server.host.url });
  };

const revokes =
  (method: Exclude<Method, 'none'>): ExerciseValue =>
  async (server, { token_endpoint, revocation_endpoint: url, introspection_endpoint }) => {
    const token = await server.tokenFor(method, token_endpoint);
    expect(await server.sendAs(method, url, { token })).toEqual({ status: 200, body: {} });
    const { body } = await server.sendAs(method, introspection_endpoint, { token });
    expect(body).toEqual({ active: false });
  };

/** Who may not ask about tokens sees at the resource what has become of one. */
const revokesItsOwn: ExerciseValue = async (server, { token_endpoint, revocation_endpoint: url }) => {
  const token = await server.tokenFor('none', token_endpoint);
  expect(await server.host.use(token, server.apps.none.id)).toBe(200);
  expect(await server.sendAs('none', url, { token })).toEqual({ status: 200, body: {} });
  expect(await server.host.use(token, server.apps.none.id)).toBe(401);
};

const tellsCode =
  (request = {}): ExerciseValue =>
  async (server) =>
    expect(await server.toldAfter(request)).toHaveProperty('code');

const tellsToken =
  (request = {}): ExerciseValue =>
  async (server) => {
    const asked = { response_type: 'token', code_challenge: undefined, code_challenge_method: undefined };
    const { access_token: token } = await server.toldAfter({ ...asked, ...request }, server.weakId);
    expect(await server.host.use(token, server.weakId)).toBe(200);
  };

const redeems =
  (method: 'S256' | 'plain', appOf: (server: ClaimedServer) => string): ExerciseValue =>
  async (server, { token_endpoint: url }) =>
    accessTokenOf(await server.redeemed(url, method, appOf(server)));

const grantsScope =
  (scope: string): ExerciseValue =>
  async (server, { token_endpoint: url }) => {
    const asked = { grant_type: 'client_credentials', scope };
    expect((await server.sendAs('client_secret_basic', url, asked)).body).toMatchObject({ scope });
  };

/** By client authentication at one endpoint with each of the announced algorithms. */
const signedWith =
  (member: string, endpoint: string, fields: Readonly<Record<string, string>>): ExerciseClaim =>
  (server, metadata) =>
    each(member, {
      ES256: async () => {
        const assertion = await server.assertionOf(server.apps.private_key_jwt, 'ES256');
        expect(await server.send(metadata[endpoint], { ...fields, ...assertion })).toMatchObject({
          status: 200,
        });
      },
    })(server, metadata);

const PROVEN: readonly Exclude<Method, 'none'>[] = [
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'attest_jwt_client_auth',
];

function byMethod<M extends Method>(methods: readonly M[], exerciseOf: (method: M) => ExerciseValue) {
  return Object.fromEntries(methods.map((method) => [method, exerciseOf(method)]));
}

/** Every member of the metadata, and what it promises. */
export const CLAIMS: Readonly<Record<string, ExerciseClaim>> = {
  issuer: async (server, { issuer, token_endpoint: url }) => {
    expect(issuer).toBe(server.host.url);
    expect(decodeJwt(await server.tokenFor('none', url))).toMatchObject({ iss: issuer });
  },
  authorization_endpoint: async (server, { authorization_endpoint: url }) => {
    const request = new URLSearchParams(codeRequest(server.apps.none.id, CUSTOM_SCHEME));
    const answer = await fetch(`${String(url)}?${request.toString()}`);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
  },
  pushed_authorization_request_endpoint: async (server, { pushed_authorization_request_endpoint: url }) => {
    const { client_id: _, ...request } = codeRequest(server.apps.client_secret_basic.id, CUSTOM_SCHEME);
    const { status, body } = await server.sendAs('client_secret_basic', url, request);
    expect(status).toBe(201);
    const referring = {
      client_id: server.apps.client_secret_basic.id,
      request_uri: String(body['request_uri']),
    };
    expect((await new TestBrowser(server.host.url).open(referring)).interaction).toBeDefined();
  },
  token_endpoint: async (...given) => void (await gives('client_secret_basic')(...given)),
  revocation_endpoint: async (...given) => void (await revokes('client_secret_basic')(...given)),
  introspection_endpoint: async (...given) => void (await introspects('client_secret_basic')(...given)),
  jwks_uri: async (server, { jwks_uri: keys, issuer, token_endpoint: url }) => {
    const token = await server.tokenFor('none', url);
    const expected = { issuer: String(issuer), typ: 'at+jwt', algorithms: ['ES256'] };
    await jwtVerify(token, createRemoteJWKSet(new URL(String(keys))), expected);
  },
  scopes_supported: each('scopes_supported', {
    'accounts:read': grantsScope('accounts:read'),
    'transfers:write': grantsScope('transfers:write'),
  }),
  response_types_supported: each('response_types_supported', { code: tellsCode(), token: tellsToken() }),
  response_modes_supported: each('response_modes_supported', {
    query: tellsCode({ response_mode: 'query' }),
    fragment: tellsToken({ response_mode: 'fragment' }),
  }),
  grant_types_supported: each('grant_types_supported', {
    authorization_code: redeems('S256', ({ apps }) => apps.none.id),
    refresh_token: gives('none'),
    client_credentials: gives('client_secret_basic'),
    password: async (server, { token_endpoint: url }) =>
      accessTokenOf(await server.withPassword(url, server.weakId)),
    implicit: tellsToken(),
  }),
  code_challenge_methods_supported: each('code_challenge_methods_supported', {
    S256: redeems('S256', ({ apps }) => apps.none.id),
    plain: redeems('plain', ({ weakId }) => weakId),
  }),
  token_endpoint_auth_methods_supported: each(
    'token_endpoint_auth_methods_supported',
    byMethod([...PROVEN, 'none'], gives),
  ),
  token_endpoint_auth_signing_alg_values_supported: signedWith(
    'token_endpoint_auth_signing_alg_values_supported',
    'token_endpoint',
    { grant_type: 'client_credentials' },
  ),
  revocation_endpoint_auth_methods_supported: each('revocation_endpoint_auth_methods_supported', {
    ...byMethod(PROVEN, revokes),
    none: revokesItsOwn,
  }),
  revocation_endpoint_auth_signing_alg_values_supported: signedWith(
    'revocation_endpoint_auth_signing_alg_values_supported',
    'revocation_endpoint',
    { token: 'none' },
  ),
  introspection_endpoint_auth_methods_supported: each(
    'introspection_endpoint_auth_methods_supported',
    byMethod(PROVEN, introspects),
  ),
  introspection_endpoint_auth_signing_alg_values_supported: signedWith(
    'introspection_endpoint_auth_signing_alg_values_supported',
    'introspection_endpoint',
    { token: 'none' },
  ),
  dpop_signing_alg_values_supported: each('dpop_signing_alg_values_supported', {
    ES256: async (server, { token_endpoint: url }) => {
      const { secret, id } = server.apps.client_secret_basic;
      const device = aDevice();
      const DPoP = await aProof({ device, method: 'POST', url: String(url), nowMs: server.host.clock.now() });
      const client = { client_id: id, client_secret: secret };
      const { body } = await server.send(url, { grant_type: 'client_credentials', ...client }, { DPoP });
      expect(body).toMatchObject({ token_type: 'DPoP' });
      const { cnf } = decodeJwt(String(body['access_token']));
      expect(cnf).toEqual({ jkt: device.thumbprint });
    },
  }),
  authorization_response_iss_parameter_supported: async (server, metadata) => {
    expect(metadata['authorization_response_iss_parameter_supported']).toBe(true);
    const { issuer: iss } = metadata;
    expect(await server.toldAfter({})).toMatchObject({ code: expect.any(String), iss });
    const refused = { error: 'invalid_scope', iss };
    expect(await server.toldAtOnce({ scope: 'of:nobody' })).toMatchObject(refused);
  },
  require_pushed_authorization_requests: async (server, metadata) => {
    expect(metadata['require_pushed_authorization_requests']).toBe(false);
    expect(await server.toldAfter({})).toHaveProperty('code');
  },
};
