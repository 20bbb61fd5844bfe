import Hawk from 'hawk';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';

const credentials = { id: APP.id, key: SECRET, algorithm: 'sha256' as const };

describe.each(ADAPTERS)('the npm hawk client, unmodified, on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  it('is admitted, and authenticates the answer', async () => {
    const url = `${host.url}/signed?b=1&a=2`;
    const { header, artifacts } = Hawk.client.header(url, 'GET', { credentials });
    const response = await fetch(url, { headers: { authorization: header } });
    const payload = await response.text();
    expect([response.status, payload]).toEqual([200, '{"app":"bank-ios","scheme":"hawk"}']);
    const answer = { headers: Object.fromEntries(response.headers) };
    const authenticate = (seen: string) =>
      Hawk.client.authenticate(answer, credentials, artifacts, { payload: seen, required: true });
    expect(authenticate(payload).headers['server-authorization']).toBeDefined();
    expect(() => authenticate(`${payload} `)).toThrow();
  });

  it('is admitted with a hashed body', async () => {
    const url = `${host.url}/signed`;
    const payload = '{"amountMinor":100}';
    const { header } = Hawk.client.header(url, 'POST', {
      credentials,
      payload,
      contentType: 'application/json',
    });
    const headers = { 'x-app-authorization': header, 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: payload });
    expect(await response.json()).toEqual({ seen: { amountMinor: 100 } });
  });

  it('is told the authenticated time when its clock is off [C08]', async () => {
    const url = `${host.url}/signed`;
    const { header, artifacts } = Hawk.client.header(url, 'GET', { credentials, timestamp: 1_353_832_234 });
    const response = await fetch(url, { headers: { authorization: header } });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      401,
      'signature_stale',
    ]);
    const challenge = response.headers.get('www-authenticate') ?? '';
    expect(challenge).toMatch(/^Hawk ts="\d+", tsm="[^"]+", error="Stale timestamp"$/);
    const told = Hawk.client.authenticate(
      { headers: { 'www-authenticate': challenge } },
      credentials,
      artifacts,
    );
    expect(Math.abs(Number(told.headers['www-authenticate']?.ts) - Date.now() / 1000)).toBeLessThan(5);
  });
});
