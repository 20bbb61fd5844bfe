import { createHash, createHmac } from 'node:crypto';
import Hawk from 'hawk';
import { httpbis } from 'http-message-signatures';
import { PortcullisClient, type ClientOptions } from '@portcullis/client';
import { SECRET } from '../support/host-app.js';

const ORIGIN = 'https://api.example.com:8443';
const BODY = '{"amountMinor":100,"reference":"Miete für März"}';

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** What the client sends, and what it does with an answer that is made of it. */
async function send(scheme: 'rfc9421' | 'hawk', answer: (sent: Sent) => Response | Promise<Response>) {
  const fetch = (async (url: string, init: RequestInit) => {
    const headers = Object.fromEntries(new Headers(init.headers));
    return answer({ url, method: init.method ?? '', headers, body: init.body as Uint8Array });
  }) as NonNullable<ClientOptions['fetch']>;
  const app = { id: 'bank-ios', signing: { scheme, secret: SECRET } };
  const client = new PortcullisClient({ origin: ORIGIN, app, fetch });
  return client.fetch('/transfers?b=1&a=ä c', {
    method: 'POST',
    body: BODY,
    headers: { 'content-type': 'application/json; charset=utf-8', 'idempotency-key': 'k-1' },
  });
}

const credentials = { id: 'bank-ios', key: SECRET, algorithm: 'sha256' as const };

/** The npm server's part of `Hawk`, of which the declarations of the tests know the client's. */
const { server } = Hawk as unknown as {
  server: {
    authenticate(
      request: { method: string; url: string; host: string; port: number; authorization: string },
      credentialsOf: (id: string) => Promise<object>,
      options: { payload: string },
    ): Promise<{ credentials: object; artifacts: object & { hash: string } }>;
    header(credentials: object, artifacts: object, options: object): string;
  };
};

describe('The npm hawk server, unmodified', () => {
  const authenticate = ({ url, method, headers, body }: Sent, payload = Buffer.from(body).toString()) =>
    server.authenticate(
      {
        method,
        url: url.slice(ORIGIN.length),
        host: 'api.example.com',
        port: 8443,
        authorization: headers['authorization'] ?? '',
        contentType: headers['content-type'],
      } as Parameters<typeof server.authenticate>[0],
      async () => credentials,
      { payload },
    );

  it('admits what the client signs, and the client takes its answer', async () => {
    const response = await send('hawk', async (sent) => {
      const { artifacts } = await authenticate(sent);
      await expect(authenticate(sent, BODY.replace('100', '900'))).rejects.toThrow('Bad payload hash');
      const options = { payload: '{"id":"t"}', contentType: 'application/json', ext: 'said by the server' };
      const headers = {
        'server-authorization': server.header(credentials, artifacts, options),
        'content-type': 'application/json',
      };
      return new Response('{"id":"t"}', { headers });
    });
    expect(await response.json()).toEqual({ id: 't' });
  });
});

describe('The verifier of npm http-message-signatures, unmodified', () => {
  const verify = ({ url, method, headers }: Sent) =>
    httpbis.verifyMessage(
      {
        keyLookup: async ({ keyid }) => ({
          ...(keyid !== undefined && { id: keyid }),
          algs: ['hmac-sha256'],
          verify: async (data: Buffer, signature: Buffer) =>
            keyid === 'bank-ios' && createHmac('sha256', SECRET).update(data).digest().equals(signature),
        }),
        requiredParams: ['created', 'nonce', 'keyid'],
        requiredFields: ['@method', '@target-uri', 'content-digest', 'content-type', 'idempotency-key'],
      },
      { method, url, headers },
    );

  it('admits what the client signs', async () => {
    await send('rfc9421', async (sent) => {
      expect(await verify(sent)).toBe(true);
      const digest = createHash('sha256').update(sent.body).digest('base64');
      expect(sent.headers['content-digest']).toBe(`sha-256=:${digest}:`);
      const changed = { ...sent, headers: { ...sent.headers, 'idempotency-key': 'k-2' } };
      expect(await verify(changed)).not.toBe(true);
      expect(await verify({ ...sent, url: `${sent.url}&d=2` })).not.toBe(true);
      return new Response('{}');
    });
    expect.assertions(4);
  });
});
