import { Clock } from '@portcullis/nest';
import { startBank, type RunningBank } from '../support/bank.js';
import type { BankAnswer, BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';
import { newAddress, newPassword, signIn, withoutRequestId, type Login } from '../support/sign-in.js';

const FEWEST_SAMPLES = 12;
const MOST_SAMPLES = 60;
const median = (values: readonly number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] as number;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.each(ADAPTERS)('Signing in on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
  });
  afterAll(() => bank.stop());

  const newLogin = async (login: Partial<Login> = {}): Promise<Login & { id: string }> => {
    const name = `user-${newPassword()}`;
    const made = { username: name, password: newPassword(), ...login };
    const { status, body } = await bank.admin.call('POST', '/users', { ...made, scopes: ['accounts:read'] });
    expect(status).toBe(201);
    return { ...made, id: body.id };
  };
  const wrong = ({ username }: Login): Login => ({ username, password: newPassword() });
  const answerTo = async (login: Login, address?: string) => {
    const { status, code } = await signIn({ app, ...login, ...(address !== undefined && { address }) });
    return [status, code];
  };
  const refused = [401, 'user_token_invalid'];
  /** Waits are seconds, and this machine may be busy for as long: time passes when it is told to. */
  const holdTime = () => {
    const held = { nowMs: Date.now() };
    jest.spyOn(bank.app.get(Clock, { strict: false }), 'now').mockImplementation(() => held.nowMs);
    return held;
  };
  afterEach(() => jest.restoreAllMocks());

  describe('tells nobody', () => {
    let guesses: Record<'unknown user' | 'wrong password' | 'suspended user' | 'no name', Login>;
    beforeAll(async () => {
      const suspended = await newLogin();
      await bank.admin.call('PATCH', `/users/${suspended.id}`, { suspended: true });
      guesses = {
        'unknown user': { username: 'nobody', password: newPassword() },
        'wrong password': wrong(await newLogin()),
        'suspended user': suspended,
        'no name': { username: 'no body', password: newPassword() },
      };
    });

    it('by its answer whether it was the user or the password', async () => {
      const answers: BankAnswer[] = [];
      for (const login of Object.values(guesses)) answers.push(await signIn({ app, ...login }));
      for (const answer of answers) {
        expect([answer.status, answer.code]).toEqual(refused);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic /);
        expect(withoutRequestId(answer)).toEqual(withoutRequestId(answers[0] as BankAnswer));
      }
    });

    it('[B02] by its time', async () => {
      // What can be no name is not looked up, which tells nobody more than the rules for names do.
      const kinds = ['unknown user', 'wrong password', 'suspended user'] as const;
      const taken = kinds.map((): number[] => []);
      const spread = () => {
        const medians = taken.map(median);
        return Math.max(...medians) / Math.min(...medians);
      };
      // In turns, so that whatever else this machine does is done to all of them; more when it does much.
      for (let sample = 0; sample < MOST_SAMPLES; sample += 1) {
        for (let turn = 0; turn < kinds.length; turn += 1) {
          const at = (sample + turn) % kinds.length;
          const startedAt = performance.now();
          expect(await answerTo(guesses[kinds[at] as (typeof kinds)[number]])).toEqual(refused);
          taken[at]?.push(performance.now() - startedAt);
        }
        if (sample + 1 >= FEWEST_SAMPLES && spread() < 1.5) break;
      }
      expect(spread()).toBeLessThan(1.5);
    }, 120_000);
  });

  describe('[N25] takes for one user', () => {
    it.each<[string, (name: string) => string]>([
      ['a name in capitals', (name) => name.toUpperCase()],
      ['a Kelvin sign', (name) => name.replace('k', '\u212a')],
      ['full-width letters', (name) => name.replace('kate', '\uff4b\uff21\uff34\uff45')],
      ['a letter and its accent apart', (name) => name.normalize('NFD')],
    ])('%s', async (_, written) => {
      const user = await newLogin({ username: `kate-é-${newPassword()}` });
      const username = written(user.username);
      expect(username).not.toBe(user.username);
      expect(await answerTo({ ...user, username })).toEqual([201, undefined]);
      const twin = { username, password: newPassword(), scopes: [] };
      expect(await bank.admin.call('POST', '/users', twin)).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'username', message: 'is taken' }] },
      });
    });

    it('no name that only looks like it', async () => {
      const user = await newLogin({ username: `kim-${newPassword()}` });
      for (const username of [user.username.replace('i', 'ı'), user.username.replace('k', 'к')])
        expect(await answerTo({ ...user, username })).toEqual(refused);
    });
  });

  describe('takes a password', () => {
    it.each<[string, string]>([
      ['with colons', ':a:b::secret:'],
      ['with spaces around it', '  two spaces  '],
      ['outside of ASCII', 'пароль-密码-🔑'],
      ['as long as one may be', 'x'.repeat(1024)],
    ])('%s', async (_, password) => {
      const user = await newLogin({ password: noteSecret(password) });
      expect(await answerTo(user)).toEqual([201, undefined]);
      expect(await answerTo({ ...user, password: password.slice(1) })).toEqual(refused);
      expect(await answerTo({ ...user, password: password.slice(0, -1) })).toEqual(refused);
    });

    it('however the keyboard writes its umlauts', async () => {
      const password = noteSecret('Fußgängerübergänge');
      for (const [kept, typed] of [
        ['NFC', 'NFD'],
        ['NFD', 'NFC'],
      ] as const) {
        const user = await newLogin({ password: password.normalize(kept) });
        expect(await answerTo({ ...user, password: password.normalize(typed) })).toEqual([201, undefined]);
        expect(await answerTo({ ...user, password: 'Fussgangerubergange' })).toEqual(refused);
      }
    });

    it.each<[string, string | Uint8Array]>([
      ['that holds a control character', 'user:pass\u0007word'],
      ['that is not UTF-8', Buffer.from('user:p\xffssword', 'latin1')],
      ['without a colon before it', 'user-password'],
      ['without a name', ':password'],
    ])('never one %s', async (_, credentials) => {
      const basic = `Basic ${Buffer.from(credentials).toString('base64')}`;
      const headers = { 'x-user-authorization': basic };
      const answer = await signIn({ app, username: 'user', password: 'password', headers });
      expect([answer.status, answer.code]).toEqual([400, 'malformed_credentials']);
    });
  });

  describe('slows down whoever guesses', () => {
    let time: { nowMs: number };
    beforeEach(() => {
      time = holdTime();
    });

    it('when all guesses come at once: at most five are looked at', async () => {
      const user = await newLogin();
      const address = newAddress();
      const answers = await Promise.all(Array.from({ length: 30 }, () => answerTo(wrong(user), address)));
      const lookedAt = answers.filter(([status]) => status === 401).length;
      expect(lookedAt).toBeGreaterThan(0);
      expect(lookedAt).toBeLessThanOrEqual(5);
      expect(answers.filter(([status]) => status === 429)).toHaveLength(30 - lookedAt);
    });

    it('and believes no address that the caller only claims', async () => {
      const user = await newLogin();
      const address = newAddress();
      const spoofed = () => `${newAddress()}, ${address}`;
      for (let guess = 1; guess <= 5; guess += 1)
        expect(await answerTo(wrong(user), spoofed())).toEqual(refused);
      expect(await answerTo(user, spoofed())).toEqual([429, 'rate_limited']);
    });

    // Counting is the same behind both.
    if (adapter !== 'fastify') return;
    it('after five wrong passwords, more with each further one, at that address alone', async () => {
      const user = await newLogin();
      const address = newAddress();
      for (let guess = 1; guess <= 5; guess += 1)
        expect(await answerTo(wrong(user), address)).toEqual(refused);
      const waits = async (login: Login) => {
        const answer = await signIn({ app, ...login, address });
        expect([answer.status, answer.code]).toEqual([429, 'rate_limited']);
        return Number(answer.headers.get('retry-after'));
      };
      expect(await waits(wrong(user))).toBe(1);
      expect(await waits(user)).toBe(1);
      expect(await answerTo(user, newAddress())).toEqual([201, undefined]);
      time.nowMs += 1_050;
      expect(await answerTo(wrong(user), address)).toEqual(refused);
      expect(await waits(user)).toBe(2);
      time.nowMs += 2_050;
      expect(await answerTo(user, address)).toEqual([201, undefined]);
      for (let guess = 1; guess <= 4; guess += 1)
        expect(await answerTo(wrong(user), address)).toEqual(refused);
      expect(await answerTo(user, address)).toEqual([201, undefined]);
    });

    it('in any spelling of the name, and for a name that nobody has', async () => {
      const user = await newLogin();
      const nobody = { username: `nobody-${newPassword()}`, password: newPassword() };
      for (const login of [wrong(user), nobody]) {
        const address = newAddress();
        const shouted = { ...login, username: login.username.toUpperCase() };
        for (const guess of [login, shouted, login, shouted, login])
          expect(await answerTo(guess, address)).toEqual(refused);
        expect(await answerTo(shouted, address)).toEqual([429, 'rate_limited']);
      }
    });

    it('at one address, whoever the guesses are for', async () => {
      const address = newAddress();
      const user = await newLogin();
      const guess = (n: number) => answerTo({ username: `someone-${n}`, password: newPassword() }, address);
      for (let n = 0; n < 50; n += 1) expect(await guess(n)).toEqual(refused);
      expect(await answerTo(user, address)).toEqual([429, 'rate_limited']);
      expect(await answerTo(user)).toEqual([201, undefined]);
    });
  });

  it('leaves a trace of whoever was refused, and no name in it', async () => {
    const user = await newLogin();
    const address = newAddress();
    const before = bank.log.length;
    holdTime();
    for (let guess = 1; guess <= 5; guess += 1) await answerTo(wrong(user), address);
    const answer = await signIn({ app, ...wrong(user), username: user.username.toUpperCase(), address });
    await signIn({ app, ...user, headers: { 'x-user-authorization': undefined } });
    const lines = bank.log.slice(before);
    const refusals = lines
      .flatMap((line) => /\{[^{]*"layer":"sign-in".*?\}/.exec(line.replaceAll('\\"', '"')) ?? [])
      .map((text) => JSON.parse(text) as Record<string, unknown>);
    expect(refusals.map(({ code }) => code)).toEqual([
      ...Array.from({ length: 5 }, () => 'user_token_invalid'),
      'rate_limited',
      'user_token_missing',
    ]);
    expect(refusals[5]).toMatchObject({
      event: 'refused',
      route: 'POST /sessions',
      reason: 'sign_in_back_off',
      appId: app.parts.appId,
      peerAddress: address,
      requestId: (answer.body as Record<string, unknown>)['requestId'],
      username: refusals[0]?.['username'],
    });
    expect(refusals[0]?.['username']).toMatch(/^[0-9a-f]{8}$/);
    expect(lines.join('').toLowerCase()).not.toContain(user.username.toLowerCase());
  });

  it('[I09] lets nobody in with a password that was replaced while it waited for its turn', async () => {
    const user = await newLogin();
    const crowd = Array.from({ length: 20 }, () =>
      signIn({ app, username: 'nobody', password: newPassword() }),
    );
    const late = signIn({ app, ...user });
    await pause(50);
    const { status } = await bank.admin.call('PATCH', `/users/${user.id}`, { password: newPassword() });
    expect(status).toBe(200);
    const { body, status: lateStatus } = await late;
    await Promise.all(crowd);
    if (lateStatus === 201) {
      const client = {
        authorization: `Bearer ${body['session_key'] as string}`,
        'x-api-key': app.parts.appId,
      };
      const used = await fetch(`${bank.url}/sessions`, { headers: client });
      expect(used.status).toBe(401);
    } else expect(lateStatus).toBe(401);
  });
});
