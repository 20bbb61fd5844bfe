import { Apps } from '@portcullis/nest';
import { describeOnOneDatabase } from '../support/databases.js';
import { ADAPTERS } from '../support/host-app.js';
import { startOAuthHost, type OAuthHost } from '../support/oauth-host.js';
import { CLAIMS } from './claims.js';
import { ClaimedServer, type Metadata } from './claimed-server.js';

const WITHOUT_CODE = { response_type: 'token', code_challenge: undefined, code_challenge_method: undefined };

describeOnOneDatabase('What the authorization server says of itself', (open) => {
  let server: ClaimedServer;
  let metadata: Metadata;

  beforeAll(async () => {
    server = await ClaimedServer.start(open);
    metadata = await server.metadata();
  });
  afterAll(() => server.host.stop());

  it('has no member that nobody has tried, and lacks none', () => {
    expect(Object.keys(metadata).toSorted()).toEqual(Object.keys(CLAIMS).toSorted());
  });

  it('[RFC 8414 §2] has the types that others expect', () => {
    for (const [member, value] of Object.entries(metadata))
      expect({ member, value, fits: fitsType(member, value) }).toEqual({ member, value, fits: true });
  });

  it.each(Object.keys(CLAIMS))('is true: %s', (member) => CLAIMS[member]?.(server, metadata));

  it('does not hold for what apps are not allowed, one by one', async () => {
    const { token_endpoint: url } = metadata;
    const { id } = server.apps.none;
    const password = await server.withPassword(url, id);
    expect(password).toMatchObject({ status: 400, body: { error: 'unauthorized_client' } });
    expect(await server.toldAtOnce(WITHOUT_CODE)).toMatchObject({ error: 'unsupported_response_type' });
    const plain = { code_challenge: 'a'.repeat(43), code_challenge_method: 'plain' };
    expect(await server.toldAtOnce(plain)).toMatchObject({ error: 'invalid_request' });
  });

  it('says at once when the last app that was allowed what is weak is suspended, and refuses it', async () => {
    await server.host.get(Apps).change(server.weakId, { suspended: true });
    const now = await server.metadata();
    expect(now).toEqual({
      ...metadata,
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      code_challenge_methods_supported: ['S256'],
    });
    const password = await server.withPassword(metadata['token_endpoint'], server.weakId);
    expect(password).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    // A page, and nothing that the app is told.
    expect(await server.toldAtOnce(WITHOUT_CODE, server.weakId)).toEqual({});
    expect(await server.toldAtOnce({}, server.weakId)).toEqual({});
  });
});

describe.each(ADAPTERS)('An issuer with a path on %s', (adapter) => {
  describeOnOneDatabase('is found', (open) => {
    let host: OAuthHost;
    const issuer = 'https://bank.example/tenants/blue';

    beforeAll(async () => {
      host = await startOAuthHost(adapter, open, { issuerAt: () => issuer });
    });
    afterAll(() => host.stop());

    const at = (path: string) => fetch(`${host.url}/.well-known/oauth-authorization-server${path}`);

    it('[RFC 8414 §3.1] where its path follows the well-known part', async () => {
      const answer = await at('/tenants/blue');
      expect(answer.status).toBe(200);
      const metadata = (await answer.json()) as Metadata;
      expect(metadata).toMatchObject({ issuer, token_endpoint: `${issuer}/oauth/token` });
      // Of a server that vouches for no installations and has put no scopes into words.
      expect(metadata).not.toHaveProperty('scopes_supported');
      expect(JSON.stringify(metadata)).not.toContain('attest_jwt_client_auth');
    });

    it('nowhere else', async () => {
      const elsewhere = [
        '',
        '/',
        '/tenants',
        '/tenants/green',
        '/tenants/blue/more',
        '/tenants%2Fblue',
        '/Tenants/blue',
      ];
      const answers = await Promise.all(elsewhere.map(async (path) => [path, (await at(path)).status]));
      expect(answers).toEqual(elsewhere.map((path) => [path, 404]));
    });
  });
});

function fitsType(member: string, value: unknown): boolean {
  if (/^issuer$|_endpoint$|_uri$/.test(member)) return isPlainUrl(value);
  if (!member.endsWith('_supported') || member.endsWith('_parameter_supported'))
    return typeof value === 'boolean';
  if (!Array.isArray(value) || value.length === 0 || new Set(value).size !== value.length) return false;
  // `none` must not be among algorithms.
  const isAlgorithms = member.endsWith('_alg_values_supported');
  return value.every((one) => typeof one === 'string' && one !== '' && !(isAlgorithms && one === 'none'));
}

/** Without query and fragment. That it is https is up to whoever names the issuer. */
function isPlainUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  return /^https?:$/.test(new URL(value).protocol) && !/[?#]/.test(value);
}
