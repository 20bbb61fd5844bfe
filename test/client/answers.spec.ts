import { PortcullisClient, type CallOptions, type ClientOptions } from '@portcullis/client';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { outcomeOf } from './client-of.js';

type Change = (answer: Response, text: string) => Response;

const withHeaders = (answer: Response, text: string, change: (headers: Headers) => unknown): Response => {
  const headers = new Headers(answer.headers);
  change(headers);
  return new Response(text, { status: answer.status, headers });
};
const serverAuthorization = (change: (value: string) => string): Change => {
  return (answer, text) =>
    withHeaders(answer, text, (headers) =>
      headers.set('server-authorization', change(headers.get('server-authorization') ?? '')),
    );
};

describe.each(ADAPTERS)('[C22] The answer to a call signed with Hawk on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  const clientBehind = (change: Change, secret: string = SECRET) => {
    const fetch: ClientOptions['fetch'] = async (url, init) => {
      const answer = await globalThis.fetch(url, init);
      return change(answer, await answer.text());
    };
    const app = { id: APP.id, signing: { scheme: 'hawk', secret } } as const;
    return new PortcullisClient({ origin: host.url, app, fetch });
  };
  const asItIs: Change = (answer, text) => withHeaders(answer, text, () => {});
  const post = (client: PortcullisClient, call?: CallOptions) =>
    client.fetch(
      '/signed',
      { method: 'POST', body: '{"to":"ada"}', headers: { 'content-type': 'application/json' } },
      call,
    );

  it('is taken as the server made it, and read as ever', async () => {
    expect(await (await post(clientBehind(asItIs))).json()).toEqual({ seen: { to: 'ada' } });
  });

  it.each<[string, Change]>([
    ['other bytes', (answer, text) => withHeaders(answer, text.replace('ada', 'eve'), () => {})],
    ['a byte more', (answer, text) => withHeaders(answer, `${text} `, () => {})],
    ['nothing', (answer) => withHeaders(answer, '', () => {})],
    [
      'another media type',
      (answer, text) => withHeaders(answer, text, (headers) => headers.set('content-type', 'text/html')),
    ],
    [
      'no Server-Authorization',
      (answer, text) => withHeaders(answer, text, (headers) => headers.delete('server-authorization')),
    ],
    ['an empty one', serverAuthorization(() => 'Hawk')],
    ['two of them', serverAuthorization((value) => `${value}, ${value}`)],
    ['no hash', serverAuthorization((value) => value.replace(/, hash=.*/, ''))],
    ['another hash', serverAuthorization((value) => value.replace(/hash="./, 'hash="_'))],
    ['another MAC', serverAuthorization((value) => value.replace(/mac="..../, 'mac="AAAA'))],
    ['a MAC cut short', serverAuthorization((value) => value.replace(/mac="..../, 'mac="'))],
    ['a text that was added', serverAuthorization((value) => `${value}, ext="more"`)],
  ])('is refused with %s', async (_, change) => {
    const client = clientBehind(change);
    const error = await post(client).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AnswerError', code: 'answer_unauthentic', status: 201 });
    expect((error as Error).message).not.toContain(SECRET);
    expect(await outcomeOf(post(client, { verifyAnswer: false }))).toEqual([201, undefined]);
  });

  it('is refused when it answers another call', async () => {
    let earlier: Response | undefined;
    const client = clientBehind((answer, text) => {
      const now = withHeaders(answer, text, () => {});
      const answered = earlier ?? now.clone();
      earlier ??= now.clone();
      return answered.clone();
    });
    expect(await outcomeOf(post(client))).toEqual([201, undefined]);
    expect(await outcomeOf(post(client))).toEqual([201, 'answer_unauthentic']);
  });

  it('is refused by whom the server takes for another app', async () => {
    const error = await outcomeOf(post(clientBehind(asItIs, 'another-secret-of-more-than-32-bytes-here')));
    expect(error).toEqual([401, 'signature_invalid']);
  });

  it('holds for what has no body, and for what the handler refuses', async () => {
    const client = clientBehind(asItIs);
    const headers = { 'content-type': 'application/json' };
    expect(await outcomeOf(client.fetch('/signed', { method: 'HEAD' }))).toEqual([200, undefined]);
    const empty = client.fetch('/signed', { method: 'POST' });
    expect(await outcomeOf(empty)).toEqual([201, undefined]);
    const broken = client.fetch('/signed', { method: 'POST', body: '{', headers });
    expect((await outcomeOf(broken))[0]).toBe(400);
  });
});
