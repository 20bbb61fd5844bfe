import { PortcullisClient, type ClientOptions } from '@portcullis/client';

const SECRET = 'a-signing-secret-of-more-than-32-bytes-in-length';

interface Sent {
  readonly init: RequestInit;
  readonly headers: Record<string, string>;
}

function clientThat(answers: () => Response | Promise<Response>, options: Partial<ClientOptions> = {}) {
  const sent: Sent[] = [];
  const fetch = (async (_: string, init: RequestInit) => {
    sent.push({ init, headers: Object.fromEntries(new Headers(init.headers)) });
    return answers();
  }) as typeof globalThis.fetch;
  const app = { id: 'bank-ios', signing: { scheme: 'rfc9421', secret: SECRET } } as const;
  const client = new PortcullisClient({ origin: 'https://api.example.com', app, fetch, ...options });
  return { client, sent };
}

describe('The session of a user', () => {
  const started = { session_key: 'id.key', expires_in: 1800, absolute_expires_in: 43200, scope: 'a:b c:d' };
  const tokens = {
    access_token: 'a.b.c',
    token_type: 'Bearer',
    expires_in: 300,
    refresh_token: 'i.s.1.t',
    refresh_expires_in: 3600,
    scope: 'a:b',
  };

  it('is started with a name and a password of any letters', async () => {
    const { client, sent } = clientThat(() => Response.json(started, { status: 201 }));
    expect(await client.signIn({ username: 'ada', password: 'пароль:🔑', scopes: ['a:b'] })).toEqual({
      kind: 'opaque',
      expiresInSeconds: 1800,
      absoluteExpiresInSeconds: 43200,
      scopes: ['a:b', 'c:d'],
    });
    const basic = Buffer.from('ada:пароль:🔑').toString('base64');
    expect(sent[0]?.headers['x-user-authorization']).toBe(`Basic ${basic}`);
    expect(Buffer.from(sent[0]?.init.body as Uint8Array).toString()).toBe('{"scope":"a:b"}');
    expect(sent[0]?.headers['signature-input']).toContain('"x-user-authorization"');
    await client.fetch('/a');
    expect(sent[1]?.headers['authorization']).toBe('Bearer id.key');
  });

  it('is not started with a name that ends elsewhere', async () => {
    const { client, sent } = clientThat(() => new Response('{}'));
    await expect(client.signIn({ username: 'a:b', password: 'p' })).rejects.toThrow(
      new TypeError('username: expected no colon'),
    );
    expect(sent).toEqual([]);
  });

  it.each([
    ['no key', () => Response.json({}, { status: 201 })],
    ['a key that is no header value', () => Response.json({ ...started, session_key: 'a\r\nb' })],
    ['a page', () => new Response('<html>')],
    ['tokens without a refresh token', () => Response.json({ ...tokens, refresh_token: undefined })],
    ['tokens of another type', () => Response.json({ ...tokens, token_type: 'DPoP' })],
    ['a token that is no header value', () => Response.json({ ...tokens, access_token: 'a b' })],
    ['tokens that are over', () => Response.json({ ...tokens, expires_in: 0 })],
    ['an error of a proxy', () => Response.json(started, { status: 502 })],
  ])('is not started by %s', async (_, answer) => {
    const saved: string[] = [];
    const sessions = { load: () => undefined, save: (key: string) => void saved.push(key), clear: () => {} };
    const { client } = clientThat(answer, { sessions });
    await expect(client.signIn({ username: 'ada', password: 'p' })).rejects.toMatchObject({
      name: 'AnswerError',
      code: 'answer_unexpected',
    });
    expect(saved).toEqual([]);
  });

  it('is forgotten here though the server cannot be told', async () => {
    let stored: string | undefined = 'id.key';
    const sessions = { load: () => stored, save: () => {}, clear: () => void (stored = undefined) };
    const down = new TypeError('fetch failed');
    const { client, sent } = clientThat(() => Promise.reject(down), { sessions });
    await expect(client.signOut()).rejects.toBe(down);
    expect([stored, sent[0]?.headers['authorization']]).toEqual([undefined, 'Bearer id.key']);
    await client.signOut();
    expect(sent).toHaveLength(1);
  });
});
