import { createHash, randomBytes, randomUUID } from 'node:crypto';
import Hawk from 'hawk';
import { startBank, type RunningBank } from '../support/bank.js';
import { ALL_SCOPES } from '../support/admin-client.js';
import { BankClient, type Call } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { signedIn } from '../support/sign-in.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;
type Layer = 'signature' | 'integrity' | 'user';

/** The table "The sample bank": what each route demands beside the app's key, and what happens with all of it. */
interface Row {
  readonly method: 'GET' | 'POST';
  readonly path: (accountId: string) => string;
  readonly body?: (accountId: string) => object;
  readonly layers: readonly Layer[];
  readonly appScope: string;
  readonly userScope?: string;
  readonly status: number;
}

const ACCOUNT: Omit<Row, 'path' | 'status'> = {
  method: 'GET',
  layers: ['integrity', 'user'],
  appScope: 'accounts:read',
  userScope: 'accounts:read',
};
const ALL_LAYERS = ['signature', 'integrity', 'user'] as const;

const ROWS: readonly [route: string, row: Row][] = [
  [
    'GET /branches',
    { method: 'GET', path: () => '/branches', layers: [], appScope: 'branches:read', status: 200 },
  ],
  ['GET /accounts', { ...ACCOUNT, path: () => '/accounts', status: 200 }],
  [
    'GET /accounts/:id/transactions',
    { ...ACCOUNT, path: (id) => `/accounts/${id}/transactions`, status: 200 },
  ],
  // Nobody's transfer: whoever may ask learns that it is not there.
  ['GET /transfers/:id', { ...ACCOUNT, path: () => `/transfers/${randomUUID()}`, status: 404 }],
  [
    'POST /transfers',
    {
      method: 'POST',
      path: () => '/transfers',
      body: (from) => ({ from, to: from, amountMinor: 1, currency: 'EUR' }),
      layers: ALL_LAYERS,
      appScope: 'transfers:write',
      userScope: 'transfers:write',
      status: 422,
    },
  ],
  [
    'POST /freezes',
    {
      method: 'POST',
      path: () => '/freezes',
      body: () => ({ accountId: randomUUID() }),
      layers: ALL_LAYERS,
      appScope: 'bank:admin',
      userScope: 'bank:admin',
      status: 404,
    },
  ],
];

/** In the order in which they are looked at. */
const MISSING = {
  signature: 'signature_missing',
  integrity: 'integrity_token_missing',
  user: 'user_token_missing',
} as const;
const WRONG = {
  signature: 'signature_invalid',
  integrity: 'integrity_token_invalid',
  user: 'user_token_invalid',
} as const;

describe.each(ADAPTERS)('The bank’s routes on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let user: User;
  let client: BankClient;
  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
    user = await bank.admin.newUser();
    client = await signedIn({ app, ...user });
  });
  afterAll(() => bank.stop());

  const call = async (one: BankClient, { method, path, body }: Row, options: Call) => {
    const {
      status,
      code,
      body: answer,
    } = await one.call(method, path(user.account), {
      ...(body && { body: body(user.account) }),
      ...options,
    });
    return { status, code, scope: answer['scope'] };
  };
  /** With what is named and nothing else; a wrong one is of the right shape. */
  const withOnly = (row: Row, layers: readonly Layer[], wrong?: Layer) => {
    const caller = new BankClient({
      ...app.parts,
      ...(wrong === 'signature' && { signingSecret: randomBytes(32).toString('base64url') }),
      ...(wrong === 'integrity' && { integritySecret: randomBytes(32).toString('base64') }),
    });
    const session = wrong === 'user' ? `${client.session?.slice(0, 23)}${'x'.repeat(43)}` : client.session;
    caller.session = layers.includes('user') ? session : undefined;
    return call(caller, row, {
      integrity: layers.includes('integrity'),
      signature: layers.includes('signature') ? 'rfc9421' : 'none',
    });
  };

  describe.each(ROWS)('%s', (_, row) => {
    const holds = { status: row.status };

    it('is answered with all that it demands, and with more', async () => {
      expect(await withOnly(row, row.layers)).toMatchObject(holds);
      expect(await withOnly(row, ALL_LAYERS)).toMatchObject(holds);
    });

    it('names the first of what is missing', async () => {
      for (const [at, layer] of row.layers.entries()) {
        const others = row.layers.filter((other) => other !== layer);
        const refused = { status: 401, code: MISSING[layer] };
        expect(await withOnly(row, others)).toMatchObject(refused);
        expect(await withOnly(row, row.layers.slice(0, at))).toMatchObject(refused);
      }
      const headers = { 'x-api-key': undefined, 'signature-input': undefined, signature: undefined };
      expect(await call(client, row, { signature: 'none', headers })).toMatchObject({
        status: 401,
        code: 'app_key_missing',
      });
    });

    it('names the first of what is wrong', async () => {
      for (const layer of row.layers) {
        const upToIt = row.layers.slice(0, row.layers.indexOf(layer) + 1);
        for (const presented of [upToIt, row.layers])
          expect(await withOnly(row, presented, layer)).toMatchObject({ status: 401, code: WRONG[layer] });
      }
      const stranger = new BankClient({ ...app.parts, appId: 'nobody' });
      stranger.session = client.session;
      const keyed = await call(stranger, row, { signature: 'none' });
      expect(keyed).toMatchObject({ status: 401, code: 'app_key_invalid' });
    });

    it('demands its scope of the app and of the user', async () => {
      const without = (scope: string) => ALL_SCOPES.filter((other) => other !== scope);
      const poorApp = await bank.admin.newApp({ scopes: without(row.appScope) });
      const viaPoorApp = await signedIn({ app: poorApp, ...user });
      const refused = { status: 403, code: 'insufficient_scope' };
      expect(await call(viaPoorApp, row, {})).toMatchObject({ ...refused, scope: row.appScope });
      if (row.userScope === undefined) return;
      const poorUser = await bank.admin.newUser({ scopes: without(row.userScope) });
      const asPoorUser = await signedIn({ app, ...poorUser });
      expect(await call(asPoorUser, row, {})).toMatchObject({ ...refused, scope: row.userScope });
    });
  });

  it('[D19] take no integrity token that is bound to another session', async () => {
    const binding = (session = '') => createHash('sha256').update(`Bearer ${session}`).digest('base64');
    const other = await signedIn({ app, ...user });
    const present = (one: BankClient, pay: unknown) => {
      const headers = { 'x-integrity-token': one.integrityToken({ pay }) };
      return one.call('GET', '/accounts', { integrity: false, headers });
    };
    expect(await present(client, binding(client.session))).toMatchObject({ status: 200 });
    for (const pay of [binding(other.session), binding(), '', null, 5, [binding(client.session)]])
      expect(await present(client, pay)).toMatchObject({ status: 401, code: 'integrity_token_invalid' });
    const anonymous = new BankClient(app.parts);
    expect(await present(anonymous, binding(client.session))).toMatchObject({
      code: 'integrity_token_invalid',
    });
  });

  it('take a Hawk signature beside the user, and sign their answer for the npm hawk client', async () => {
    const order = {
      from: user.account,
      to: (await bank.admin.newUser()).account,
      amountMinor: 1,
      currency: 'EUR',
    };
    const target = `${bank.url}/transfers`;
    const payload = JSON.stringify(order);
    const { appId, signingSecret } = app.parts;
    const credentials = { id: appId, key: signingSecret, algorithm: 'sha256' as const };
    const { header, artifacts } = Hawk.client.header(target, 'POST', {
      credentials,
      payload,
      contentType: 'application/json',
    });
    const response = await fetch(target, {
      method: 'POST',
      headers: {
        'x-app-authorization': header,
        authorization: `Bearer ${client.session}`,
        'x-integrity-token': client.integrityToken(),
        'content-type': 'application/json',
      },
      body: payload,
    });
    const text = await response.text();
    expect(response.status).toBe(201);
    const answer = { headers: Object.fromEntries(response.headers) };
    const authenticate = (seen: string) =>
      Hawk.client.authenticate(answer, credentials, artifacts, { payload: seen, required: true });
    expect(authenticate(text).headers['server-authorization']).toBeDefined();
    expect(() => authenticate(text.replace('"amountMinor":1', '"amountMinor":2'))).toThrow();
  });

  it('serve nobody through another spelling, another method or a HEAD', async () => {
    for (const path of [
      '/%61ccounts',
      '//accounts',
      '/accounts/',
      '/./accounts',
      '/ACCOUNTS',
      '/accounts;x=1',
    ])
      expect([401, 404]).toContain((await fetch(bank.url + path)).status);
    const headers = { 'x-http-method-override': 'GET', 'x-api-key': app.parts.appId };
    expect((await fetch(`${bank.url}/branches`, { method: 'POST', headers })).status).toBe(405);
    expect((await fetch(`${bank.url}/accounts`, { method: 'HEAD' })).status).toBe(401);
    expect(await client.call('GET', '/nothing')).toMatchObject({ status: 404, code: 'not_found' });
  });
});
