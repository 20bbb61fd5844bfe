import fc from 'fast-check';
import { asHeaderValue, asTargetPart, NAUGHTY_BODIES, naughtyJson, naughtyText } from './naughty.js';

type Headers = Readonly<Record<string, string>>;

/** A request that is right but for one or two things, and which are these. */
export interface Malformed {
  readonly method: string;
  readonly path: string;
  readonly credentials: 'admin' | 'app' | 'user' | 'signed' | 'signed-hawk';
  readonly body?: string | Buffer | undefined;
  readonly headers?: Headers;
  /** Whether it is legitimate all the same, and may be answered 2xx. */
  readonly isLegitimate: boolean;
}

const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/;
const isText = (value: unknown): value is string => typeof value === 'string';
const isScopes = (value: unknown) =>
  Array.isArray(value) && value.every((scope) => isText(scope) && SCOPE.test(scope));
const isListOf = (each: (text: string) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every((one) => isText(one) && each(one));
const isUri = (text: string) => URL.canParse(text) && !/[#*\s]/.test(text) && text.length <= 2_048;

/**
 * What each member of a body may be: a naughty text may be somebody's name. Written here once more, on purpose. In a Map,
 * for `constructor` is a member that a body may have.
 */
const LEGITIMATE = new Map<string, (value: unknown) => boolean>(
  Object.entries({
    id: (value) => isText(value) && /^[A-Za-z0-9._~:@-]{1,128}$/.test(value),
    name: (value) => isText(value) && /^\P{C}{1,200}$/u.test(value),
    scopes: isScopes,
    tier: (value) => value === null || (isText(value) && /^[\w.-]{1,64}$/.test(value)),
    clientType: (value) => value === 'public' || value === 'confidential',
    signing: (value) => typeof value === 'boolean',
    suspended: (value) => typeof value === 'boolean',
    grantTypes: isListOf((text) => text === 'refresh_token'),
    redirectUris: isListOf(isUri),
    resources: isListOf((text) => URL.canParse(text) && !text.includes('#')),
    appId: (value) => value === null,
    identifier: (value) => isText(value) && isUri(value) && /^[\x21-\x7e]{1,256}$/.test(value),
    overlapSeconds: (value) => Number.isInteger(value) && (value as number) >= 0,
    secret: (value) => isText(value) && Buffer.from(value, 'base64').length >= 32,
    username: (value) => isText(value) && /^[^\s:\p{C}]{1,64}$/u.test(value),
    password: (value) => isText(value) && /^[^\p{Cc}\p{Cs}]{8,1024}$/u.test(value),
    scope: (value) => isText(value) && value.split(' ').every((scope) => SCOPE.test(scope)),
    accountId: (value) => isText(value) && /^[\da-f-]{36}$/i.test(value),
    from: (value) => isText(value) && /^[\da-f-]{36}$/i.test(value),
    to: (value) => isText(value) && /^[\da-f-]{36}$/i.test(value),
    amountMinor: (value) => Number.isInteger(value) && (value as number) >= 1,
    currency: (value) => isText(value) && /^[A-Z]{3}$/.test(value),
    reference: (value) => isText(value) && /^[^\p{Cc}\p{Cs}]{0,140}$/u.test(value),
    reason: (value) => isText(value) && /^[^\p{Cc}\p{Cs}]{0,500}$/u.test(value),
  }),
);

function isLegitimateBody(text: string): boolean {
  const read = JSON.parse(text) as Record<string, unknown>;
  return Object.entries(read).every(([member, value]) => LEGITIMATE.get(member)?.(value) ?? false);
}

/** Headers that nobody reads for what they say: naughty or not, the request is as good as it was. */
const HARMLESS = [
  'user-agent',
  'accept',
  'cookie',
  'referer',
  'x-forwarded-for',
  'x-request-id',
  'origin',
  'te',
];

const READ = [
  'authorization',
  'x-api-key',
  'x-integrity-token',
  'x-user-authorization',
  'x-app-authorization',
  'signature',
  'signature-input',
  'content-digest',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'content-length',
  'idempotency-key',
  'host',
];

export interface Places {
  readonly app: string;
  readonly user: string;
  readonly account: string;
  readonly payee: string;
  /** An account that may be frozen. */
  readonly spare: string;
}

interface BodyPlace {
  readonly method: string;
  readonly path: string;
  readonly credentials: Malformed['credentials'];
  readonly body: Readonly<Record<string, unknown>>;
  /** Members that it may have and has not. */
  readonly optional?: readonly string[];
}

/** Every route that takes a body, with one that is right. */
function bodyPlaces({ app, user, account, payee, spare }: Places): BodyPlace[] {
  const admin = { credentials: 'admin' } as const;
  const signed = { credentials: 'signed' } as const;
  const settings = {
    name: 'An app',
    scopes: ['branches:read'],
    tier: null,
    grantTypes: [],
    redirectUris: [],
    resources: [],
  };
  const overlap = { overlapSeconds: 0 };
  const order = { from: account, to: payee, amountMinor: 1, currency: 'EUR', reference: 'Rent' };
  return [
    {
      method: 'POST',
      path: '/admin/apps',
      ...admin,
      body: { clientType: 'public', signing: true, ...settings },
      optional: ['id'],
    },
    { method: 'PATCH', path: `/admin/apps/${app}`, ...admin, body: { ...settings, suspended: false } },
    { method: 'POST', path: `/admin/apps/${app}/signing-secrets`, ...admin, body: overlap },
    { method: 'POST', path: `/admin/apps/${app}/client-secrets`, ...admin, body: overlap },
    {
      method: 'POST',
      path: `/admin/apps/${app}/integrity-secrets`,
      ...admin,
      body: overlap,
      optional: ['secret'],
    },
    {
      method: 'POST',
      path: '/admin/users',
      ...admin,
      body: { username: 'ann', password: 'correct horse', scopes: [] },
    },
    {
      method: 'PATCH',
      path: `/admin/users/${user}`,
      ...admin,
      body: { scopes: [], suspended: false },
      optional: ['password'],
    },
    {
      method: 'POST',
      path: '/admin/resources',
      ...admin,
      body: { identifier: 'https://reports.example', name: 'Reports', scopes: [], appId: null },
    },
    { method: 'PUT', path: `/admin/users/${user}/apps/${app}`, ...admin, body: { scopes: [] } },
    { method: 'POST', path: '/sessions', credentials: 'app', body: { scope: 'accounts:read' } },
    { method: 'POST', path: '/transfers', ...signed, body: order },
    { method: 'POST', path: '/transfers', credentials: 'signed-hawk', body: order },
    { method: 'POST', path: '/freezes', ...signed, body: { accountId: spare, reason: 'Lost phone' } },
  ];
}

/** One or two members of a right body replaced, or one added. */
function naughtyBodies(places: Places): fc.Arbitrary<Malformed> {
  return fc.constantFrom(...bodyPlaces(places)).chain(({ body, optional = [], ...place }) =>
    fc
      .tuple(
        fc.constantFrom(...Object.keys(body), ...optional),
        naughtyJson,
        fc.option(fc.tuple(naughtyText, naughtyJson), { freq: 3 }),
      )
      .map(([member, value, added]) => {
        const members = Object.entries({ ...body, [member]: value });
        // Not as an object, in which `__proto__` would be no member.
        const text = `{${[...members, ...(added ? [added] : [])]
          .map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one) ?? 'null'}`)
          .join(',')}}`;
        return { ...place, body: text, isLegitimate: isLegitimateBody(text) };
      }),
  );
}

function naughtyWholeBodies(places: Places): fc.Arbitrary<Malformed> {
  const contentTypes = [
    'application/json',
    'application/json;charset=utf-8',
    'application/vnd.x+json',
    'text/plain',
  ];
  const more = [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=utf-16',
  ];
  return fc
    .record({
      place: fc.constantFrom(...bodyPlaces(places)),
      body: fc.constantFrom(...NAUGHTY_BODIES),
      contentType: fc.oneof(
        fc.constantFrom(...contentTypes, ...more),
        naughtyText.map((text) => asHeaderValue(text)),
      ),
    })
    .map(({ place, body, contentType }) => ({
      ...place,
      body,
      headers: { 'content-type': contentType },
      isLegitimate: allDefaults(place, body),
    }));
}

/** Routes of which every member has a default take an empty body, or one that says nothing. */
function allDefaults({ method, path }: BodyPlace, body: Buffer): boolean {
  return (
    /^(?:|null|\{\})$/.test(body.toString()) && (method === 'PATCH' || /-secrets$|^\/sessions$/.test(path))
  );
}

function naughtyTargets({ app, user, account }: Places): fc.Arbitrary<Malformed> {
  const paths: [method: string, credentials: Malformed['credentials'], path: (part: string) => string][] = [
    ['GET', 'admin', (part) => `/admin/apps/${part}`],
    ['DELETE', 'admin', (part) => `/admin/apps/${part}`],
    ['DELETE', 'admin', (part) => `/admin/apps/${app}/signing-secrets/${part}`],
    ['DELETE', 'admin', (part) => `/admin/apps/${part}/client-secrets/${part}`],
    ['DELETE', 'admin', (part) => `/admin/apps/${app}/integrity-secrets/${part}`],
    ['GET', 'admin', (part) => `/admin/users/${part}`],
    ['DELETE', 'admin', (part) => `/admin/users/${part}`],
    ['DELETE', 'admin', (part) => `/admin/users/${user}/apps/${part}`],
    ['DELETE', 'admin', (part) => `/admin/users/${part}/apps/${app}`],
    ['GET', 'admin', (part) => `/admin/resources/${part}`],
    ['DELETE', 'admin', (part) => `/admin/consents?userId=${user}&appId=${part}`],
    ['DELETE', 'user', (part) => `/consents/${part}`],
    ['DELETE', 'admin', (part) => `/admin/sessions/${part}`],
    ['GET', 'admin', (part) => `/admin/sessions?userId=${part}`],
    ['GET', 'admin', (part) => `/admin/sessions?${part}=${user}`],
    ['DELETE', 'admin', (part) => `/admin/sessions?userId=${part}`],
    ['DELETE', 'admin', (part) => `/admin/sessions?userId[${part}]=${user}`],
    ['GET', 'admin', (part) => `/admin/sessions?userId=${user}&userId=${part}`],
    ['DELETE', 'user', (part) => `/sessions/${part}`],
    ['GET', 'user', (part) => `/accounts/${part}/transactions`],
    ['GET', 'user', (part) => `/accounts/${account}/transactions?limit=${part}`],
    ['GET', 'user', (part) => `/accounts/${account}/transactions?before=${part}`],
    ['GET', 'user', (part) => `/accounts/${account}/transactions?limit=1&${part}=1`],
    ['GET', 'user', (part) => `/transfers/${part}`],
    ['DELETE', 'signed', (part) => `/freezes/${part}`],
    ['GET', 'user', (part) => `/${part}`],
  ];
  return fc
    .record({
      place: fc.constantFrom(...paths),
      text: naughtyText.filter((text) => text !== ''),
      how: fc.constantFrom('encoded', 'encoded', 'raw'),
    })
    .map(({ place: [method, credentials, path], text, how }) => ({
      method,
      credentials,
      path: path(asTargetPart(text, how)),
      isLegitimate: path('').endsWith('limit=') && /^(?:[1-9]\d?|100)$/.test(text),
    }));
}

function naughtyHeaders(places: Places): fc.Arbitrary<Malformed> {
  const [transfer] = bodyPlaces(places).filter(({ path }) => path === '/transfers');
  const body = JSON.stringify(transfer?.body);
  const value = fc.oneof(
    naughtyText,
    fc
      .constantFrom(
        'Hawk ',
        'key ',
        'Bearer ',
        'Basic ',
        'sig1=',
        'sig1=:',
        'sha-256=:',
        'Hawk id="',
        'AWS4-HMAC-SHA256 ',
      )
      .chain((scheme) => naughtyText.map((text) => scheme + text)),
  );
  return fc
    .record({ name: fc.constantFrom(...READ, ...READ, ...HARMLESS), value: value.map(asHeaderValue) })
    .map(({ name, value }) => ({
      method: 'POST',
      path: '/transfers',
      credentials: 'signed',
      body,
      headers: { [name]: value },
      isLegitimate:
        HARMLESS.includes(name) || (name === 'idempotency-key' && /^[\x20-\x7e]{1,255}$/.test(value.trim())),
    }));
}

function naughtyPasswords(): fc.Arbitrary<Malformed> {
  const pair = fc.tuple(naughtyText, naughtyText).map(([name, password]) => `${name}:${password}`);
  return fc
    .record({
      text: fc.oneof(pair, naughtyText),
      where: fc.constantFrom('x-user-authorization', 'authorization'),
    })
    .map(({ text, where }) => ({
      method: 'POST',
      path: '/sessions',
      credentials: 'app',
      headers: {
        'x-user-authorization': '',
        [where]: `Basic ${Buffer.from(text).toString('base64').slice(0, 4_000)}`,
      },
      isLegitimate: false,
    }));
}

/** How many of each kind; together more than 1,000. */
const KINDS: readonly [count: number, of: (places: Places) => fc.Arbitrary<Malformed>][] = [
  [350, naughtyBodies],
  [200, naughtyWholeBodies],
  [300, naughtyTargets],
  [250, naughtyHeaders],
  [100, naughtyPasswords],
];

/** The same ones for one seed. */
export function malformedRequests(places: Places, seed: number): Malformed[] {
  return KINDS.flatMap(([numRuns, of]) => fc.sample(of(places), { numRuns, seed }));
}
