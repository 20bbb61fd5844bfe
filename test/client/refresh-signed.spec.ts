import { randomUUID } from 'node:crypto';
import type { Served } from './fake-server.js';
import { SCHEMES } from './client-of.js';
import { settled, signedIn, useStandingClock } from './signed-in-client.js';

const SECRET = 'a-signing-secret-of-more-than-32-bytes-in-length';

describe.each(SCHEMES)('A call signed with %s whose access token is refused', (scheme) => {
  useStandingClock();

  const retried = async (headers: Record<string, string>) => {
    const app = { id: 'bank-ios', signing: { scheme, secret: SECRET } };
    const issue = jest.fn(async ({ authorization }: { authorization: string | undefined }) => ({
      token: `for-${authorization}`,
      expiresInSeconds: 300,
    }));
    const { client, server } = await signedIn({
      app,
      integrity: { source: { issue } },
      defaults: { verifyAnswer: false },
    });
    server.revokeAccessTokens();
    const body = '{"amountMinor":100}';
    const init = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } };
    await settled(client.fetch('/transfers', init));
    const sent = server.to('/transfers') as [Served, Served];
    expect(sent.map((one) => one.body)).toEqual([body, body]);
    return sent;
  };
  const nonceOf = ({ headers }: Served) =>
    /nonce="([^"]+)"/.exec(headers.get('signature-input') ?? headers.get('x-app-authorization') ?? '')?.[1];

  it('is signed anew, with a nonce of its own, and has the same idempotency key', async () => {
    const key = randomUUID();
    const sent = await retried({ 'idempotency-key': key });
    expect(sent.map(({ headers }) => headers.get('idempotency-key'))).toEqual([key, key]);
    const [first, second] = sent.map(nonceOf);
    expect(first).toEqual(expect.any(String));
    expect(second).toEqual(expect.any(String));
    expect(second).not.toBe(first);
  });

  it('is sent again without an idempotency key, too: it was not carried out', async () => {
    const [first, second] = await retried({});
    expect(second.headers.get('authorization')).not.toBe(first.headers.get('authorization'));
  });

  it('has an integrity token for the access token that it carries', async () => {
    for (const { headers } of await retried({}))
      expect(headers.get('x-integrity-token')).toBe(`for-${headers.get('authorization')}`);
  });
});

describe('What a signature covers after a refresh', () => {
  useStandingClock();

  it('is the new access token, as it was the old one', async () => {
    const app = { id: 'bank-ios', signing: { scheme: 'rfc9421', secret: SECRET } } as const;
    const { client, server } = await signedIn({ app });
    server.revokeAccessTokens();
    await settled(client.fetch('/accounts'));
    const covered = server.to('/accounts').map(({ headers }) => headers.get('signature-input'));
    for (const input of covered) expect(input).toContain('"authorization"');
    expect(covered).toHaveLength(2);
  });

  it('is nothing of the refresh itself, which carries no credential of the app but its name', async () => {
    const app = { id: 'bank-ios', signing: { scheme: 'rfc9421', secret: SECRET } } as const;
    const { client, server } = await signedIn({ app });
    server.revokeAccessTokens();
    await settled(client.fetch('/accounts'));
    const [{ headers, body, redirect }] = server.to('/oauth/token') as [Served];
    expect([[...headers.keys()], redirect]).toEqual([['content-type'], 'error']);
    expect(new URLSearchParams(body).get('client_id')).toBe('bank-ios');
  });
});
