import { randomUUID } from 'node:crypto';
import { RequestMethod } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { ZodValidationPipe } from '@portcullis/nest';
import { z } from 'zod';
import { startBank, type RunningBank } from '../support/bank.js';
import { AdminClient } from '../support/admin-client.js';
import { BankClient, type Call } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { signedIn } from '../support/sign-in.js';

type Layer = 'app-key' | 'request-signature' | 'app-integrity' | 'user' | 'scopes';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly description?: string;
  readonly schema: Record<string, unknown>;
}

interface Operation {
  readonly operationId: string;
  readonly description: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: {
    readonly content: Record<string, { schema: { type: string; required?: string[] } }>;
  };
  readonly responses: Record<string, { description: string }>;
  readonly security?: readonly Record<string, readonly string[]>[];
  readonly 'x-portcullis': {
    readonly layers: readonly Layer[];
    readonly appScopes?: readonly string[];
    readonly userScopes?: readonly string[];
    readonly adminScope?: string;
  };
}

interface Document {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: { readonly securitySchemes: Record<string, Record<string, string>> };
}

interface Described {
  readonly route: string;
  readonly method: string;
  /** With an identifier of nothing where the path has a parameter. */
  readonly path: string;
  readonly operation: Operation;
}

const MISSING: Record<Layer, string> = {
  'app-key': 'app_key_missing',
  'request-signature': 'signature_missing',
  'app-integrity': 'integrity_token_missing',
  user: 'user_token_missing',
  scopes: 'insufficient_scope',
};
const OF_ADMINISTRATION = 'Guarded by: the administration key.';
const OF_CLIENTS = 'Guarded by: client authentication.';
const WELL_KNOWN = '/.well-known/oauth-authorization-server';
/** What everybody may ask, and how somebody is answered who asks for nothing in particular. */
const OPEN: Record<string, number> = {
  [`GET ${WELL_KNOWN}`]: 200,
  [`GET ${WELL_KNOWN}/:one`]: 404,
  [`GET ${WELL_KNOWN}/:one/:two`]: 404,
  [`GET ${WELL_KNOWN}/:one/:two/:three`]: 404,
  'GET /health/live': 200,
  'GET /health/ready': 200,
  'GET /oauth/authorize': 400,
  'GET /oauth/jwks': 200,
  'OPTIONS /oauth/par': 204,
  'OPTIONS /oauth/revoke': 204,
  'OPTIONS /oauth/token': 204,
};

interface Handler {
  readonly route: string;
  /** Of the pipe that reads the whole query, when there is one. */
  readonly query: z.ZodObject | undefined;
}

/** What Nest was told to route, read from the controllers themselves. */
function handlersOf({ app }: RunningBank): Handler[] {
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  return controllers.flatMap(({ metatype }) => {
    const { prototype } = metatype as { prototype: Record<string, object> };
    const base = Reflect.getMetadata('path', metatype as object) as string;
    return Object.getOwnPropertyNames(prototype).flatMap((name) => {
      const method = Reflect.getMetadata('method', prototype[name] as object) as RequestMethod | undefined;
      const paths = [Reflect.getMetadata('path', prototype[name] as object) as string | string[]].flat();
      if (method === undefined) return [];
      const query = querySchemaOf(metatype as object, name);
      const whole = paths.map((path) => `/${base}/${path}`.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, ''));
      return whole.map((path) => ({ route: `${RequestMethod[method]} ${path}`, query }));
    });
  });
}

function querySchemaOf(controller: object, name: string): z.ZodObject | undefined {
  const parameters = (Reflect.getMetadata('__routeArguments__', controller, name) ?? {}) as Record<
    string,
    { pipes: unknown[] }
  >;
  const pipes = Object.entries(parameters).flatMap(([kind, { pipes }]) =>
    kind.startsWith('4:') ? pipes : [],
  );
  return pipes.find((pipe) => pipe instanceof ZodValidationPipe)?.schema as z.ZodObject | undefined;
}

const inQuery = ({ parameters }: Operation) => parameters.filter((parameter) => parameter.in === 'query');

describe.each(ADAPTERS)('The OpenAPI page on %s', (adapter) => {
  let bank: RunningBank;
  let document: Document;
  let operations: Described[];
  let app: BankClient;
  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
    document = (await (await fetch(`${bank.url}/docs-json`)).json()) as Document;
    operations = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) => ({
        route: `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
        method: method.toUpperCase(),
        path: path.replace(/\{\w+\}/g, randomUUID()),
        operation,
      })),
    );
  });
  afterAll(() => bank.stop());

  const isOfAdministration = ({ operation }: Described) => operation.description.includes(OF_ADMINISTRATION);
  const isOfClients = ({ operation }: Described) => operation.description.includes(OF_CLIENTS);
  const isGuarded = ({ operation }: Described) => operation['x-portcullis'].layers.length > 0;
  const bare = async ({ method, path }: Described) => {
    const answer = await fetch(bank.url + path, { method });
    const body = answer.status === 204 ? {} : ((await answer.json()) as { code?: string });
    return [answer.status, body.code];
  };
  /** With the credentials of the named layers, and with nothing in the body. */
  const callWith = async ({ method, path }: Described, client: BankClient, layers: readonly Layer[]) => {
    const caller = new BankClient(client.parts);
    caller.session = layers.includes('user') ? client.session : undefined;
    const options: Call = {
      integrity: layers.includes('app-integrity'),
      signature: layers.includes('request-signature') ? 'rfc9421' : 'none',
      ...(method !== 'GET' && method !== 'DELETE' && { body: {} }),
    };
    const { status, code, body } = await caller.call(method, path, options);
    return { status, code, scope: body['scope'] };
  };

  it('is a page', async () => {
    const page = await fetch(`${bank.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(/^text\/html/),
    ]);
    const text = await page.text();
    const parts = [...text.matchAll(/(?:src|href)="(\.?\/[^"]+\.(?:js|css))"/g)].map(
      ([, part]) => part as string,
    );
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect((await fetch(new URL(part, page.url))).status).toBe(200);
  });

  it('has a document of OpenAPI 3.1', async () => {
    const answer = await fetch(`${bank.url}/docs-json`);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(document).toMatchObject({ openapi: '3.1.0', info: { title: 'Sample bank', version: '1' } });
    expect(document.servers).toEqual([{ url: bank.url }]);
    for (const scheme of Object.values(document.components.securitySchemes))
      expect(['apiKey', 'http']).toContain(scheme['type']);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { route, operation } of operations) {
      const parameters = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(parameters.map(({ name }) => `:${name}`)).toEqual(route.match(/:\w+/g) ?? []);
      for (const { required } of parameters) expect(required).toBe(true);
      expect(Object.keys(operation.responses).every((status) => /^2\d\d$/.test(status))).toBe(true);
      for (const [scheme, scopes] of (operation.security ?? []).flatMap((all) => Object.entries(all))) {
        expect(document.components.securitySchemes).toHaveProperty([scheme]);
        const { userScopes, adminScope } = operation['x-portcullis'];
        const demanded = { user: userScopes, 'administration-key': [adminScope] }[scheme] ?? [];
        expect([route, scopes]).toEqual([route, demanded]);
      }
    }
  });

  it('has every route of the bank, and no other', () => {
    const described = operations.map(({ route }) => route).toSorted();
    // The documentation does not describe itself.
    const others = handlersOf(bank).filter(({ route }) => !/^GET \/+docs\b/.test(route));
    expect(described).toEqual(others.map(({ route }) => route).toSorted());
    expect(described).toEqual(expect.arrayContaining(['GET /branches', 'POST /transfers', 'POST /freezes']));
  });

  it('says of each route what bodies it takes', () => {
    const bodyOf = (route: string) =>
      operations.find((one) => one.route === route)?.operation.requestBody?.content['application/json']
        ?.schema;
    expect(bodyOf('POST /transfers')).toMatchObject({
      type: 'object',
      required: ['from', 'to', 'amountMinor', 'currency'],
    });
    expect(bodyOf('POST /admin/users')).toMatchObject({ required: ['username', 'password'] });
    for (const { route, operation, method } of operations)
      expect([route, operation.requestBody !== undefined]).toEqual([
        route,
        /^(?:POST|PUT|PATCH)$/.test(method),
      ]);
  });

  it('says of each route what it reads of a query, by the schema that validates it', () => {
    const reading = handlersOf(bank).flatMap(({ route, query }) => (query ? [{ route, query }] : []));
    const membersOf = ({ shape }: z.ZodObject) =>
      Object.entries(shape).map(([name, member]) => [name, !z.safeParse(member, undefined).success]);
    const described = operations.flatMap(({ route, operation }) => {
      const members = inQuery(operation).map(({ name, required }) => [name, required]);
      return members.length > 0 ? [[route, members] as const] : [];
    });
    expect(Object.fromEntries(described)).toEqual(
      Object.fromEntries(reading.map(({ route, query }) => [route, membersOf(query)])),
    );
    const demanding = {
      'GET /admin/sessions': ['userId'],
      'DELETE /admin/sessions': ['userId'],
      'GET /admin/consents': ['userId'],
      'DELETE /admin/consents': ['userId', 'appId'],
    };
    for (const [route, names] of Object.entries(demanding))
      expect([route, described.find(([one]) => one === route)?.[1]]).toEqual([
        route,
        names.map((name) => [name, true]),
      ]);
  });

  it('says of each member of a query what it is', () => {
    const schemasOf = (route: string) => {
      const found = operations.find((one) => one.route === route);
      return Object.fromEntries(
        found ? inQuery(found.operation).map(({ name, schema }) => [name, schema]) : [],
      );
    };
    expect(schemasOf('GET /admin/audit')).toEqual({
      actor: expect.objectContaining({ type: 'string' }),
      action: { type: 'string', enum: expect.arrayContaining(['session.ended']) },
      subject: expect.objectContaining({ type: 'string' }),
      from: expect.objectContaining({ type: 'string', format: 'date-time' }),
      to: expect.objectContaining({ type: 'string', format: 'date-time' }),
      limit: { type: 'string', pattern: '^\\d{1,3}$' },
      before: { type: 'string', pattern: '^\\d{1,18}$' },
    });
    expect(schemasOf('GET /admin/revocations')).toEqual({ limit: { type: 'string', pattern: '^\\d{1,3}$' } });
    expect(schemasOf('GET /accounts/:id/transactions')).toEqual({
      limit: expect.objectContaining({ type: 'string', default: '50' }),
      before: expect.objectContaining({ type: 'string', format: 'uuid' }),
    });
  });

  it('says truly what a query has to have', async () => {
    const client = await signedIn({ app, ...(await bank.admin.newUser()) });
    const statusWith = async (one: Described, names: readonly string[]) => {
      const path = `${one.path}?${new URLSearchParams(Object.fromEntries(names.map((name) => [name, randomUUID()]))).toString()}`;
      if (isOfAdministration(one))
        return (await bank.admin.call(one.method, path.replace('/admin', ''))).status;
      return (await callWith({ ...one, path }, client, one.operation['x-portcullis'].layers)).status;
    };
    const reading = operations.filter(({ operation }) => inQuery(operation).length > 0);
    expect(reading.length).toBeGreaterThan(6);
    for (const one of reading) {
      const needed = inQuery(one.operation).flatMap(({ name, required }) => (required ? [name] : []));
      expect([one.route, [200, 204, 404].includes(await statusWith(one, needed))]).toEqual([one.route, true]);
      for (const left of needed)
        expect([
          one.route,
          left,
          await statusWith(
            one,
            needed.filter((name) => name !== left),
          ),
        ]).toEqual([one.route, left, 422]);
      expect([one.route, await statusWith(one, [...needed, 'other'])]).toEqual([one.route, 422]);
    }
  });

  it('says that a sign-in takes a password, and where, and of no other route', () => {
    const taking = operations.filter(({ operation }) => operation.description.includes('password:'));
    expect(taking.map(({ route, operation }) => [route, operation.description.split('\n\n')])).toEqual([
      [
        'POST /sessions',
        [
          expect.stringMatching(/^Demands: app key\./),
          "Takes the user's password: `X-User-Authorization: Basic …`, or `Authorization: Basic …` beside `X-Api-Key`.",
        ],
      ],
    ]);
  });

  it('says truly where a sign-in takes the password', async () => {
    const { username, password } = await bank.admin.newUser();
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    const { appId } = app.parts;
    const ways: Record<string, string>[] = [
      { authorization: `key ${appId}`, 'x-user-authorization': basic },
      { 'x-api-key': appId, authorization: basic },
    ];
    for (const headers of ways) {
      const answer = await fetch(`${bank.url}/sessions`, { method: 'POST', headers });
      expect(answer.status).toBe(201);
      noteSecret(((await answer.json()) as { session_key: string }).session_key);
    }
  });

  it('says how a user is presented, also with a token that is bound to a key', () => {
    expect(document.components.securitySchemes['user']).toEqual({
      type: 'http',
      scheme: 'bearer',
      description:
        'Session key, or access token (RFC 9068); a bound one as `Authorization: DPoP` with `DPoP: <proof>` (RFC 9449).',
    });
  });

  it('says truly which routes are open', async () => {
    const open = operations.filter(
      (one) => !isGuarded(one) && !/Guarded by: /.test(one.operation.description),
    );
    expect(open.map(({ route }) => route).toSorted()).toEqual(Object.keys(OPEN));
    for (const one of open) {
      expect(one.operation.description).toBe('Open to everybody.');
      const { status } = await fetch(bank.url + one.path, { method: one.method });
      expect([one.route, status]).toEqual([one.route, OPEN[one.route]]);
    }
  });

  it('says truly which routes the authentication of apps guards, and that they take forms', async () => {
    const guarded = operations.filter(isOfClients);
    const routes = ['introspect', 'par', 'revoke', 'token'].map((name) => `POST /oauth/${name}`);
    expect(guarded.map(({ route }) => route).toSorted()).toEqual(routes);
    for (const { route, path, method, operation } of guarded) {
      expect([route, Object.keys(operation.requestBody?.content ?? {})]).toEqual([
        route,
        ['application/x-www-form-urlencoded'],
      ]);
      const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'none', token: 'none' });
      const answer = await fetch(bank.url + path, { method, body });
      expect([route, answer.status, await answer.json()]).toEqual([
        route,
        401,
        expect.objectContaining({ error: 'invalid_client' }),
      ]);
    }
  });

  it('says truly that nobody but its pages may post to the authorization endpoint', async () => {
    const forms = operations.filter(({ operation }) => /Guarded by: a form /.test(operation.description));
    expect(forms.map(({ route }) => route)).toEqual(['POST /oauth/interaction']);
    const body = new URLSearchParams({ interaction: 'none', decision: 'allow' });
    expect((await fetch(`${bank.url}/oauth/interaction`, { method: 'POST', body })).status).toBe(403);
  });

  it('says truly which routes the administration key guards', async () => {
    const guarded = operations.filter(isOfAdministration);
    expect(guarded.map(({ route }) => route)).toEqual(
      operations.map(({ route }) => route).filter((route) => route.includes(' /admin/')),
    );
    expect(document.components.securitySchemes['administration-key']).toMatchObject({
      type: 'http',
      scheme: 'bearer',
    });
    for (const one of guarded) {
      const { adminScope } = one.operation['x-portcullis'];
      expect([one.route, one.operation.security]).toEqual([
        one.route,
        [{ 'administration-key': [adminScope] }],
      ]);
      expect(one.operation.description).toContain(`Administration scope: \`${adminScope}\`.`);
      expect([one.route, await bare(one)]).toEqual([one.route, [401, 'admin_key_invalid']]);
      const { status } = await bank.admin.call(one.method, one.path.replace('/admin', ''), undefined);
      expect([one.route, [200, 201, 404, 422].includes(status)]).toEqual([one.route, true]);
    }
  });

  it('says truly which scope the administration key needs for each of them', async () => {
    const guarded = operations.filter(isOfAdministration);
    const all = new Set(guarded.map(({ operation }) => operation['x-portcullis'].adminScope as string));
    expect(all.size).toBeGreaterThan(8);
    for (const one of guarded) {
      const scope = one.operation['x-portcullis'].adminScope as string;
      const statusWith = async (scopes: readonly string[]) => {
        const { body } = await bank.admin.call('POST', '/keys', { name: 'Key', scopes });
        const client = new AdminClient(bank.url, noteSecret(body['key'] as string));
        return (await client.call(one.method, one.path.replace('/admin', ''))).status;
      };
      expect([one.route, [200, 201, 404, 422].includes(await statusWith([scope]))]).toEqual([
        one.route,
        true,
      ]);
      expect([one.route, await statusWith([...all].filter((other) => other !== scope))]).toEqual([
        one.route,
        403,
      ]);
    }
  });

  it('says truly what each other route demands, layer by layer, and what scopes', async () => {
    const user = await bank.admin.newUser();
    const poorApp = await bank.admin.newApp({ scopes: [] });
    for (const one of operations.filter(isGuarded)) {
      const { layers, appScopes = [], userScopes = [] } = one.operation['x-portcullis'];
      expect([one.route, await bare(one)]).toEqual([one.route, [401, MISSING['app-key']]]);
      const client = await signedIn({ app, ...user });
      for (const [at, layer] of layers.entries()) {
        if (layer === 'app-key' || layer === 'scopes') continue;
        const { code } = await callWith(one, client, layers.slice(0, at));
        expect([one.route, layer, code]).toEqual([one.route, layer, MISSING[layer]]);
      }
      if (appScopes.length > 0) {
        const { code, scope } = await callWith(one, await signedIn({ app: poorApp, ...user }), layers);
        expect([one.route, code, scope]).toEqual([one.route, MISSING.scopes, appScopes.join(' ')]);
      }
      if (userScopes.length > 0) {
        const poor = await signedIn({ app, ...user, body: { scope: 'nothing' } });
        const { code, scope } = await callWith(one, poor, layers);
        expect([one.route, code, scope]).toEqual([one.route, MISSING.scopes, userScopes.join(' ')]);
      }
      const { status, code } = await callWith(one, client, layers);
      // A sign-in takes a password as well, which is no layer's.
      if (one.route === 'POST /sessions') expect([status, code]).toEqual([401, 'user_token_missing']);
      else expect([one.route, [200, 201, 204, 404, 422].includes(status)]).toEqual([one.route, true]);
    }
  });
});
