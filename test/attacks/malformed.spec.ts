import { randomBytes } from 'node:crypto';
import Hawk from 'hawk';
import { AdminClient, type Customer } from '../support/admin-client.js';
import { startBank, type RunningBank } from '../support/bank.js';
import { ADAPTERS } from '../support/host-app.js';
import { KeptConnection, type KeptAnswer, type KeptRequest } from '../support/kept-connection.js';
import { noteSecret } from '../support/log-book.js';
import { malformedRequests, type Malformed, type Places } from '../support/malformed-requests.js';
import { newAddress } from '../support/sign-in.js';
import { sign } from '../support/sign.js';

type Headers = Record<string, string>;

const SEED = 20_261_124;
const CONNECTIONS = 4;

describe.each(ADAPTERS)('Malformed requests to the whole bank on %s', (adapter) => {
  const adminKey = noteSecret(randomBytes(32).toString('base64url'));
  let bank: RunningBank;
  let ann: Customer;
  let places: Places;
  let basic: string;

  beforeAll(async () => {
    bank = await startBank(adapter, { PORTCULLIS_ADMIN_KEY: adminKey });
    const admin = new AdminClient(bank.url, adminKey);
    const app = await admin.newApp();
    ann = await admin.newCustomer(app);
    const ben = await admin.newCustomer(app);
    const eve = await admin.newUser();
    basic = `Basic ${noteSecret(Buffer.from(`${eve.username}:${eve.password}`).toString('base64'))}`;
    const [other, { id: user }] = await Promise.all([admin.newApp(), admin.newUser()]);
    const accounts = { account: ann.account, payee: ben.account, spare: eve.account };
    places = { app: other.parts.appId, user, ...accounts };
  });
  afterAll(() => bank.stop());

  const credentialsOf = ({ credentials }: Malformed): Headers => {
    const { appId } = ann.client.parts;
    if (credentials === 'admin') return { authorization: `Bearer ${adminKey}` };
    const key = { 'x-api-key': appId, 'x-forwarded-for': newAddress() };
    if (credentials === 'app') return { ...key, 'x-user-authorization': basic };
    const authorization = `Bearer ${ann.client.session}`;
    const user = { authorization, 'x-integrity-token': ann.client.integrityToken() };
    return credentials === 'user' ? { ...key, ...user } : user;
  };
  const signatureOf = ({ method, path, credentials }: Malformed, headers: Headers, body: Buffer): Headers => {
    const { appId, signingSecret } = ann.client.parts;
    const url = `${bank.url}${path}`;
    if (credentials === 'signed')
      return sign({
        method,
        url,
        headers,
        secret: signingSecret,
        parameters: { keyid: appId },
        ...(body.length > 0 && { body }),
      }).headers;
    if (credentials !== 'signed-hawk') return headers;
    const { header } = Hawk.client.header(url, method, {
      credentials: { id: appId, key: signingSecret, algorithm: 'sha256' },
      payload: body.toString(),
      contentType: 'application/json',
    });
    return { ...headers, 'x-app-authorization': header };
  };
  /** What is naughty comes last, and is signed where anything is. */
  const requestOf = (malformed: Malformed): KeptRequest => {
    const { method, path, body, headers = {} } = malformed;
    const bytes = Buffer.from(body ?? '');
    const type: Headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const all = { ...credentialsOf(malformed), ...type, ...headers };
    const present = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const sent = {
      host: `127.0.0.1:${bank.port}`,
      ...(body !== undefined && { 'content-length': String(bytes.length) }),
      ...signatureOf(malformed, present, bytes),
      ...headers,
    };
    return {
      method,
      target: path,
      headers: Object.entries(sent).filter(([, value]) => value !== ''),
      body: bytes,
    };
  };

  it('[A18] [A19] [N16] more than 1,000 of them are refused with a 4xx, and the bank goes on', async () => {
    const ownProperties = Object.getOwnPropertyNames(Object.prototype).join();
    const requests = malformedRequests(places, SEED);
    expect(requests.length).toBeGreaterThan(1_000);
    const statuses = new Map<number, number>();
    const wrong: [Malformed, KeptAnswer['text']][] = [];
    const queue = [...requests];
    const work = async () => {
      const connection = new KeptConnection(bank.port);
      for (let next = queue.pop(); next; next = queue.pop()) {
        const { status, text } = await connection.ask(requestOf(next));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        const isRefused = status >= 400 && status < 500;
        if (!isRefused && !(status >= 200 && status < 300 && next.isLegitimate)) wrong.push([next, text]);
      }
      connection.close();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
    expect(wrong).toEqual([]);
    // They were not all turned away at the door: fields were read, and some were right.
    for (const status of [400, 401, 404, 422]) expect(statuses.get(status)).toBeGreaterThan(40);
    expect(statuses.get(201)).toBeGreaterThan(10);
    expect((await ann.client.call('GET', '/accounts', { signature: 'none' })).status).toBe(200);
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(ownProperties);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('[A18] [N16] leave a log of one JSON object a line, with nothing that moves a terminal', () => {
    expect(bank.log.length).toBeGreaterThan(500);
    for (const line of bank.log) {
      expect(line.endsWith('\n')).toBe(true);
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      expect(line.slice(0, -1)).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
      expect(typeof JSON.parse(line)).toBe('object');
      expect(line).not.toContain('"level":50');
    }
  });
});
