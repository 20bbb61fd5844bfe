import { randomBytes } from 'node:crypto';
import { Clock } from '@portcullis/nest';
import { startBank, type RunningBank } from '../support/bank.js';
import { BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

type Kind = 'signing' | 'client' | 'integrity';

describe.each(ADAPTERS)('[B07] Administration rotates secrets on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let appPath: string;
  beforeAll(async () => {
    bank = await startBank(adapter);
  });
  beforeEach(async () => {
    app = await bank.admin.newApp();
    appPath = `/apps/${app.parts.appId}`;
  });
  afterEach(() => jest.restoreAllMocks());
  afterAll(() => bank.stop());

  const call = (method: string, path: string, body?: unknown) => bank.admin.call(method, path, body);
  const signed = async (client: BankClient) => {
    const { status, code } = await client.call('GET', '/branches/signed', { integrity: false });
    return [status, code];
  };
  const admitted = [200, undefined];
  const unsigned = [401, 'signature_invalid'];
  const untrusted = [401, 'integrity_token_invalid'];
  const rotate = (kind: Kind, body: object = {}) => call('POST', `${appPath}/${kind}-secrets`, body);
  const signingWith = (signingSecret: string) => new BankClient({ ...app.parts, signingSecret });
  const attestedBy = async (integritySecret: string) => {
    const client = new BankClient({ ...app.parts, integritySecret });
    const { code } = await client.call('GET', '/accounts');
    return code === 'user_token_missing' ? admitted : [401, code];
  };
  const secretsOf = async (purpose: Kind) => {
    const secrets = (await call('GET', appPath)).body['secrets'] as { purpose: string; secretId: string }[];
    return secrets.filter((secret) => secret.purpose === purpose).map(({ secretId }) => secretId);
  };

  /** A machine that is busy takes a second for nothing: time passes when it is told to. */
  const holdTime = () => {
    const held = { nowMs: Date.now() };
    jest.spyOn(bank.app.get(Clock, { strict: false }), 'now').mockImplementation(() => held.nowMs);
    return held;
  };

  it('that sign: both work until the overlap ends, then the new one alone', async () => {
    const time = holdTime();
    const { status, body } = await rotate('signing', { overlapSeconds: 1 });
    expect([status, Object.keys(body)]).toEqual([201, ['secret', 'secretId']]);
    const renewed = signingWith(body.secret);
    expect([await signed(app), await signed(renewed)]).toEqual([admitted, admitted]);
    time.nowMs += 1_000;
    expect([await signed(app), await signed(renewed)]).toEqual([unsigned, admitted]);
  });

  it('that sign: an overlap of nothing cuts at once, and an earlier end is not put off', async () => {
    const second = (await rotate('signing', { overlapSeconds: 3600 })).body;
    const third = (await rotate('signing', { overlapSeconds: 0 })).body;
    const fourth = (await rotate('signing')).body;
    expect(await signed(app)).toEqual(unsigned);
    expect(await signed(signingWith(second.secret))).toEqual(unsigned);
    expect(await signed(signingWith(third.secret))).toEqual(admitted);
    expect(await signed(signingWith(fourth.secret))).toEqual(admitted);
  });

  it('that sign: one that is deleted works no more', async () => {
    const [first] = await secretsOf('signing');
    const { body } = await rotate('signing');
    expect((await call('DELETE', `${appPath}/client-secrets/${first}`)).status).toBe(404);
    expect((await call('DELETE', `${appPath}/signing-secrets/${first}`)).status).toBe(204);
    expect((await call('DELETE', `${appPath}/signing-secrets/${first}`)).status).toBe(404);
    expect([await signed(app), await signed(signingWith(body.secret))]).toEqual([unsigned, admitted]);
    const other = await bank.admin.newApp();
    expect((await call('DELETE', `/apps/${other.parts.appId}/signing-secrets/${body.secretId}`)).status).toBe(
      404,
    );
  });

  it('of clients, and shows none again', async () => {
    const { body } = await rotate('client', { overlapSeconds: 0 });
    expect(body.secret).toMatch(/^[\w-]{43}$/);
    expect(await secretsOf('client')).toContain(body.secretId);
    expect(JSON.stringify((await call('GET', appPath)).body)).not.toContain(body.secret);
    expect((await call('DELETE', `${appPath}/client-secrets/${body.secretId}`)).status).toBe(204);
    expect(await secretsOf('client')).not.toContain(body.secretId);
  });

  it('[C13] of clients: none for a public app, which could not keep it', async () => {
    const { body } = await call('POST', '/apps', { name: 'App', clientType: 'public' });
    expect(await call('POST', `/apps/${body.id}/client-secrets`, {})).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ path: 'clientType' }] },
    });
    expect((await call('POST', `/apps/${body.id}/signing-secrets`, {})).status).toBe(201);
    expect((await call('POST', '/apps/nobody/client-secrets', {})).status).toBe(404);
  });

  it('of integrity: made here, or imported', async () => {
    const time = holdTime();
    const secret = noteSecret(randomBytes(48).toString('base64'));
    const { status, body } = await rotate('integrity', { secret, overlapSeconds: 1 });
    expect([status, body.secret]).toEqual([201, secret]);
    expect(await attestedBy(secret)).toEqual(admitted);
    expect(await attestedBy(app.parts.integritySecret)).toEqual(admitted);
    time.nowMs += 1_000;
    expect(await attestedBy(app.parts.integritySecret)).toEqual(untrusted);
    expect(await attestedBy(secret)).toEqual(admitted);
    expect((await call('DELETE', `${appPath}/integrity-secrets/${body.secretId}`)).status).toBe(204);
    expect(await attestedBy(secret)).toEqual(untrusted);
  });

  it.each<[string, () => unknown]>([
    ['too short', () => randomBytes(31).toString('base64')],
    ['not base64', () => `${randomBytes(32).toString('base64')}!`],
    ['not canonical base64', () => `${'A'.repeat(42)}B=`],
    ['base64url', () => Buffer.alloc(33, 0xff).toString('base64url')],
    ['too long', () => randomBytes(2000).toString('base64')],
    ['a number', () => 5],
  ])('of integrity: never one that is %s', async (_, secret) => {
    const { status, body } = await rotate('integrity', { secret: secret() });
    expect([status, body['errors']]).toMatchObject([422, [{ path: 'secret' }]]);
  });

  it('[C13] never one that serves another purpose', async () => {
    const { body } = await call('POST', '/apps', { name: 'App', clientType: 'confidential' });
    for (const name of ['signingSecret', 'clientSecret']) {
      const secret = noteSecret(Buffer.from(body[name] as string).toString('base64'));
      expect(await call('POST', `/apps/${body.id}/integrity-secrets`, { secret })).toMatchObject({
        status: 422,
        body: { errors: [{ path: 'secret', message: 'is in use already' }] },
      });
    }
  });

  it('of integrity: one that served another purpose, and is over', async () => {
    const { secret } = (await rotate('client')).body;
    const imported = { secret: noteSecret(Buffer.from(secret).toString('base64')) };
    expect((await rotate('integrity', imported)).status).toBe(422);
    await rotate('client', { overlapSeconds: 0 });
    expect((await rotate('integrity', imported)).status).toBe(201);
  });

  it.each([-1, 1.5, '60', null, 90 * 86_400 + 1, 1e300])(
    'never with an overlap of %j',
    async (overlapSeconds) => {
      for (const kind of ['signing', 'client', 'integrity'] as const)
        expect((await rotate(kind, { overlapSeconds })).body['errors']).toContainEqual(
          expect.objectContaining({ path: 'overlapSeconds' }),
        );
      expect((await rotate('signing', { secret: 'x'.repeat(44) })).status).toBe(422);
    },
  );

  it('[C14] without a refused call while it does', async () => {
    const answers: unknown[] = [];
    let rotations = 0;
    const callUntil = async (turns: number): Promise<void> => {
      answers.push(await signed(app));
      if (rotations < turns) await callUntil(turns);
    };
    const calling = callUntil(5);
    for (; rotations < 5; rotations += 1) await rotate('signing', { overlapSeconds: 60 });
    await calling;
    expect(answers).toEqual(answers.map(() => admitted));
  });
});
