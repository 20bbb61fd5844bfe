import { createHmac } from 'node:crypto';
import Hawk from 'hawk';
import { PortcullisClient, type ClientOptions } from '@portcullis/client';
import { ADAPTERS, APP, SECRET, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { outcomeOf, SCHEMES, WrongClock } from './client-of.js';

const HOUR_SECONDS = 3600;
const challengeOf = (ts: number, secret: string = SECRET) => {
  const tsm = createHmac('sha256', secret).update(`hawk.1.ts\n${ts}\n`).digest('base64');
  return `Hawk ts="${ts}", tsm="${noteSecret(tsm)}", error="Stale timestamp"`;
};

describe.each(ADAPTERS.flatMap((adapter) => SCHEMES.map((scheme) => ({ adapter, scheme }))))(
  '[C08] A client with $scheme on $adapter, whose device’s clock is wrong',
  ({ adapter, scheme }) => {
    let host: Host;
    beforeAll(async () => {
      host = await startHost(adapter);
    });
    afterAll(() => host.app.close());

    /** Counts what is sent, and lets a test stand between client and server. */
    const clientWith = (
      aheadSeconds: number,
      {
        change = (answer) => answer,
        secret = SECRET,
      }: { change?: (answer: Response) => Response; secret?: string } = {},
    ) => {
      const sent: string[] = [];
      const fetch: ClientOptions['fetch'] = async (url, init) => {
        sent.push(JSON.stringify([...new Headers(init?.headers)]));
        return change(await globalThis.fetch(url, init));
      };
      const client = new PortcullisClient({
        origin: host.url,
        app: { id: APP.id, signing: { scheme, secret } },
        clock: new WrongClock(aheadSeconds),
        fetch,
      });
      return { client, sent };
    };
    const withChallenge = (challenge: string | undefined) => (answer: Response) => {
      if (answer.status !== 401) return answer;
      const headers = new Headers(answer.headers);
      headers.delete('www-authenticate');
      if (challenge !== undefined) headers.set('www-authenticate', challenge);
      return new Response(answer.body, { status: answer.status, headers });
    };
    const post = (client: PortcullisClient) =>
      client.fetch('/signed', {
        method: 'POST',
        body: '{"a":1}',
        headers: { 'content-type': 'application/json' },
      });

    it.each([HOUR_SECONDS, -HOUR_SECONDS, 40 * 365 * 24 * HOUR_SECONDS, 20])(
      'by %d s, is admitted at its second try, and at its first from then on',
      async (ahead) => {
        const { client, sent } = clientWith(ahead);
        expect(await (await post(client)).json()).toEqual({ seen: { a: 1 } });
        expect(sent).toHaveLength(2);
        expect(sent[0]).not.toBe(sent[1]);
        await post(client);
        await client.fetch('/signed');
        expect(sent).toHaveLength(4);
      },
    );

    it('is admitted with all that it sends at once', async () => {
      const { client, sent } = clientWith(HOUR_SECONDS);
      const calls = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(post(client))));
      expect(calls).toEqual(calls.map(() => [201, undefined]));
      expect(sent).toHaveLength(20);
    });

    it('is corrected again when the clock jumps', async () => {
      const clock = { ahead: HOUR_SECONDS, now: () => Date.now() + clock.ahead * 1000 };
      const client = new PortcullisClient({
        origin: host.url,
        app: { id: APP.id, signing: { scheme, secret: SECRET } },
        clock,
      });
      await post(client);
      clock.ahead = 0;
      expect(await outcomeOf(post(client))).toEqual([201, undefined]);
    });

    it.each<[string, () => string | undefined]>([
      ['absent', () => undefined],
      ['no time', () => 'Hawk'],
      ['without a MAC', () => `Hawk ts="${Math.floor(Date.now() / 1000)}"`],
      ['with somebody else’s MAC', () => challengeOf(Math.floor(Date.now() / 1000), 'x'.repeat(40))],
      ['for another time', () => challengeOf(1).replace('ts="1"', `ts="${Math.floor(Date.now() / 1000)}"`)],
      [
        'with a MAC cut short',
        () => challengeOf(Math.floor(Date.now() / 1000)).replace(/tsm="..../, 'tsm="'),
      ],
    ])('moves it by no challenge that is %s', async (_, challenge) => {
      const { client, sent } = clientWith(HOUR_SECONDS, { change: withChallenge(challenge()) });
      for (const tries of [1, 2]) {
        expect(await outcomeOf(post(client))).toEqual([401, 'signature_stale']);
        expect(sent).toHaveLength(tries);
      }
    });

    it('tries twice and no more, whatever it is told', async () => {
      const { client, sent } = clientWith(HOUR_SECONDS, { change: withChallenge(challengeOf(1_000_000)) });
      expect(await outcomeOf(post(client))).toEqual([401, 'signature_stale']);
      expect(sent).toHaveLength(2);
    });

    it('is told nothing when its secret is wrong', async () => {
      const { client, sent } = clientWith(HOUR_SECONDS, { secret: 'y'.repeat(40) });
      expect(await outcomeOf(post(client))).toEqual([401, 'signature_invalid']);
      expect(sent).toHaveLength(1);
    });

    it('is told the time as npm hawk reads it', async () => {
      let challenge = '';
      const change = (answer: Response) => {
        if (answer.status === 401) challenge = answer.headers.get('www-authenticate') ?? '';
        return answer;
      };
      await post(clientWith(-HOUR_SECONDS, { change }).client);
      const credentials = { id: APP.id, key: SECRET, algorithm: 'sha256' as const };
      const told = Hawk.client.authenticate({ headers: { 'www-authenticate': challenge } }, credentials, {});
      expect(Math.abs(Number(told.headers['www-authenticate']?.['ts']) - Date.now() / 1000)).toBeLessThan(5);
    });
  },
);
