import { PortcullisClient, ProblemError, type ClientOptions, type CryptoEngine } from './index.js';

const SECRET = 'a-signing-secret-of-more-than-32-bytes-in-length';
const ORIGIN = 'https://api.example.com';

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  readonly headers: Record<string, string>;
}

function clientThat(answers: () => Response | Promise<Response>, options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    sent.push({ url, init, headers: Object.fromEntries(new Headers(init.headers)) });
    return answers();
  }) as typeof globalThis.fetch;
  const app = { id: 'bank-ios', signing: { scheme: 'rfc9421', secret: SECRET } } as const;
  const client = new PortcullisClient({ origin: ORIGIN, app, fetch, ...options });
  const covered = () =>
    /\(([^)]*)\)/
      .exec(sent.at(-1)?.headers['signature-input'] ?? '')?.[1]
      ?.replaceAll('"', '')
      .split(' ');
  return { client, sent, covered };
}

const fine = () => new Response('{}');
const refusal = (body: object, status: number, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/problem+json', ...headers },
  });

describe('The options of a client', () => {
  const app = { id: 'bank-ios' };
  it.each<[string, ClientOptions]>([
    ['origin', { origin: 'api.example.com', app }],
    ['origin', { origin: 'https://api.example.com/v1', app }],
    ['app.id', { origin: ORIGIN, app: { id: '' } }],
    ['app.id', { origin: ORIGIN, app: { id: 'a"b' } }],
    [
      'app.signing.scheme',
      { origin: ORIGIN, app: { ...app, signing: { scheme: 'md5' as 'hawk', secret: SECRET } } },
    ],
    [
      'integrity.header',
      { origin: ORIGIN, app, integrity: { source: { issue: () => Promise.reject() }, header: 'a b' } },
    ],
    ['device', { origin: ORIGIN, app, device: '' }],
    ['device', { origin: ORIGIN, app, device: 'a\nb' }],
    ['refreshTimeLimitSeconds', { origin: ORIGIN, app, refreshTimeLimitSeconds: 0 }],
    ['refreshTimeLimitSeconds', { origin: ORIGIN, app, refreshTimeLimitSeconds: Number.NaN }],
  ])('are refused by name: %s', (name, options) => {
    expect(() => new PortcullisClient(options)).toThrow(new RegExp(`^${name}: expected `));
  });
});

describe('What a client sends', () => {
  it('covers with its signature all that the server asks for', async () => {
    const { client, covered, sent } = clientThat(fine);
    const headers = { authorization: 'Bearer x', 'Idempotency-Key': 'k', 'content-type': 'application/json' };
    await client.fetch('/transfers', { method: 'post', headers, body: '{"a":1}' });
    expect(covered()).toEqual([
      '@method',
      '@target-uri',
      'authorization',
      'idempotency-key',
      'content-type',
      'content-digest',
    ]);
    expect(sent[0]?.init.method).toBe('POST');
    expect(sent[0]?.headers['x-api-key']).toBeUndefined();
  });

  it.each<[string, RequestInit['body'], string | undefined]>([
    ['text', 'text', 'text/plain;charset=UTF-8'],
    ['a form', new URLSearchParams({ a: 'ä' }), 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['a blob', new Blob(['x'], { type: 'image/png' }), 'image/png'],
    ['bytes', Uint8Array.of(1, 2), undefined],
    ['a view of bytes', new DataView(new ArrayBuffer(8), 2, 3), undefined],
    ['a buffer', new ArrayBuffer(4), undefined],
  ])('names the type of %s before it signs, as fetch would after', async (_, body, type) => {
    const { client, sent, covered } = clientThat(fine);
    await client.fetch('/a', { method: 'POST', body: body ?? null });
    expect(sent[0]?.headers['content-type']).toBe(type);
    expect(covered()?.includes('content-type')).toBe(type !== undefined);
    const expected = new Uint8Array(await new Response(body ?? null).arrayBuffer());
    expect(sent[0]?.init.body).toEqual(expected);
  });

  it('covers the boundary of a multipart form', async () => {
    const form = new FormData();
    form.set('a', 'b');
    const { client, sent } = clientThat(fine);
    await client.fetch('/a', { method: 'POST', body: form });
    const [, boundary] = /boundary=(.+)$/.exec(sent[0]?.headers['content-type'] ?? '') ?? [];
    expect(new TextDecoder().decode(sent[0]?.init.body as Uint8Array)).toContain(boundary);
  });

  it('is the same for a Request', async () => {
    const { client, sent } = clientThat(fine);
    const request = new Request(`${ORIGIN}/a?b=1`, { method: 'PUT', body: 'x', headers: { 'x-own': '1' } });
    await client.fetch(request);
    expect(sent[0]).toMatchObject({ url: `${ORIGIN}/a?b=1`, headers: { 'x-own': '1' } });
    expect(sent[0]?.init).toMatchObject({ method: 'PUT', body: new TextEncoder().encode('x') });
    await client.fetch(new URL(`${ORIGIN}/a`));
    expect(sent[1]?.init).toMatchObject({ method: 'GET', body: null });
  });

  it('never follows a redirect, which would carry the credentials along', async () => {
    const { client, sent } = clientThat(fine);
    for (const redirect of ['follow', 'error', 'manual', undefined] as const)
      await client.fetch('/a', redirect === undefined ? {} : { redirect });
    expect(sent.map(({ init }) => init.redirect)).toEqual(['error', 'error', 'manual', 'error']);
  });

  it('goes to the API’s origin alone', async () => {
    const { client, sent } = clientThat(fine);
    await expect(client.fetch('https://elsewhere.example/')).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it('names the app by its key where it is not signed, and leaves out what a call does not want', async () => {
    const source = { issue: async () => ({ token: 'token', expiresInSeconds: 300 }) };
    const { client, sent } = clientThat(fine, {
      integrity: { source },
      sessions: { load: () => 'session-key', save: () => {}, clear: () => {} },
    });
    await client.fetch('/a', {}, { signature: false });
    await client.fetch('/a', {}, { user: false, integrity: false });
    await client.fetch('/a', { headers: { authorization: 'Bearer own', 'x-integrity-token': 'own' } });
    expect(sent[0]?.headers).toEqual({
      'x-api-key': 'bank-ios',
      authorization: 'Bearer session-key',
      'x-integrity-token': 'token',
    });
    expect(Object.keys(sent[1]?.headers ?? {})).toEqual(['signature', 'signature-input']);
    expect(sent[2]?.headers).toMatchObject({ authorization: 'Bearer own', 'x-integrity-token': 'own' });
  });

  it('has a nonce of its own each time, and imports its key once', async () => {
    let imports = 0;
    const importKey = jest.spyOn(globalThis.crypto.subtle, 'importKey');
    const { client, sent } = clientThat(fine);
    await Promise.all(Array.from({ length: 50 }, () => client.fetch('/a')));
    imports = importKey.mock.calls.length;
    importKey.mockRestore();
    const nonces = sent.map(({ headers }) => /nonce="([^"]+)"/.exec(headers['signature-input'] ?? '')?.[1]);
    expect(new Set(nonces).size).toBe(50);
    expect(imports).toBe(1);
  });

  it('is signed with a secret that is read when it is needed, and again after it could not be', async () => {
    const read = jest.fn<Promise<string>, []>().mockRejectedValueOnce(new Error('locked'));
    read.mockResolvedValue(SECRET);
    const { client, sent } = clientThat(fine, {
      app: { id: 'bank-ios', signing: { scheme: 'hawk', secret: read } },
    });
    expect(read).not.toHaveBeenCalled();
    await expect(client.fetch('/a')).rejects.toThrow('locked');
    await client.fetch('/a', {}, { verifyAnswer: false });
    await client.fetch('/a', {}, { verifyAnswer: false });
    expect(read).toHaveBeenCalledTimes(2);
    expect(sent[0]?.headers['authorization']).toMatch(/^Hawk id="bank-ios", /);
  });

  it('is not sent without the cryptography it needs', async () => {
    const crypto = {
      sha256: () => Promise.reject(new Error('no engine')),
      hmacSha256: () => Promise.reject(new Error('no engine')),
      randomBytes: () => new Uint8Array(16),
    } as CryptoEngine;
    const { client, sent } = clientThat(fine, { crypto });
    await expect(client.fetch('/a')).rejects.toThrow('no engine');
    expect(sent).toEqual([]);
  });
});

describe('What a client makes of an answer', () => {
  it('is a typed error for a refusal', async () => {
    const body = { code: 'rate_limited', detail: 'Slow down.', requestId: 'r-1', title: 't', scope: 'a:b' };
    const { client } = clientThat(() => refusal(body, 429, { 'retry-after': '7' }));
    const error = await client.fetch('/a').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      name: 'ProblemError',
      message: 'rate_limited: Too many requests.',
      code: 'rate_limited',
      status: 429,
      detail: 'Slow down.',
      requestId: 'r-1',
      retryAfterSeconds: 7,
      members: { scope: 'a:b' },
    });
  });

  it.each<[string, () => Response]>([
    ['a code of somebody else’s', () => refusal({ code: 'out_of_stock' }, 409)],
    ['a name that every object has', () => refusal({ code: 'constructor' }, 400)],
    ['a code with another status', () => refusal({ code: 'user_token_invalid' }, 500)],
    ['no object', () => refusal([], 401)],
    ['a page of a proxy', () => new Response('<h1>Bad gateway</h1>', { status: 502 })],
    ['JSON that is no problem', () => Response.json({ code: 'rate_limited' }, { status: 429 })],
  ])('is the answer itself for %s, to be read by whoever asked', async (_, answer) => {
    const { client } = clientThat(answer);
    const response = await client.fetch('/a');
    expect([response.status, await response.text()]).toEqual([answer().status, await answer().text()]);
  });

  it('is what the network said when there is none', async () => {
    const down = new TypeError('fetch failed');
    const { client } = clientThat(() => Promise.reject(down));
    await expect(client.fetch('/a')).rejects.toBe(down);
  });
});
