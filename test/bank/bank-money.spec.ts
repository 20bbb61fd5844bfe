import { randomUUID } from 'node:crypto';
import { startBank, type RunningBank } from '../support/bank.js';
import { ALL_SCOPES } from '../support/admin-client.js';
import { send, type BankAnswer, type BankClient } from '../support/bank-client.js';
import { ADAPTERS } from '../support/host-app.js';
import { signedIn } from '../support/sign-in.js';

type User = Awaited<ReturnType<RunningBank['admin']['newUser']>>;

const FUNDED = 100_000;
const CUSTOMER = ['accounts:read', 'transfers:write'];

describe.each(ADAPTERS)('The bank’s money on %s', (adapter) => {
  let bank: RunningBank;
  let app: BankClient;
  let ann: User;
  let ben: User;
  let anns: BankClient;
  let bens: BankClient;
  beforeAll(async () => {
    bank = await startBank(adapter);
    app = await bank.admin.newApp();
  });
  beforeEach(async () => {
    [ann, ben] = [
      await bank.admin.newUser({ scopes: CUSTOMER }),
      await bank.admin.newUser({ scopes: CUSTOMER }),
    ];
    [anns, bens] = [await signedIn({ app, ...ann }), await signedIn({ app, ...ben })];
  });
  afterAll(() => bank.stop());

  const orderOf = (amountMinor: number) => ({
    from: ann.account,
    to: ben.account,
    amountMinor,
    currency: 'EUR',
    reference: 'Rent',
  });
  const transfer = (client: BankClient, body: unknown, key?: string) =>
    client.call('POST', '/transfers', { body, headers: { 'idempotency-key': key } });
  const balanceOf = async (client: BankClient) =>
    ((await client.call('GET', '/accounts')).body as unknown as { balanceMinor: number }[])[0]?.balanceMinor;
  const balances = async () => [await balanceOf(anns), await balanceOf(bens)];
  const newAdministrator = async () =>
    signedIn({ app, ...(await bank.admin.newUser({ scopes: ALL_SCOPES })) });

  it('moves once', async () => {
    const { status, body } = await transfer(anns, orderOf(1250));
    expect([status, body]).toEqual([
      201,
      { id: expect.any(String), ...orderOf(1250), createdAt: expect.any(String) },
    ]);
    expect(await balances()).toEqual([FUNDED - 1250, FUNDED + 1250]);
    expect((await anns.call('GET', `/transfers/${body.id}`)).body).toEqual(body);
    expect((await bens.call('GET', `/transfers/${body.id}`)).body).toEqual(body);
    const { body: lines } = await anns.call('GET', `/accounts/${ann.account}/transactions`);
    expect(lines).toMatchObject([{ transferId: body.id, amountMinor: -1250 }, { amountMinor: FUNDED }]);
  });

  it('[E17] is nobody else’s business', async () => {
    const { body: made } = await transfer(anns, orderOf(1));
    const cyd = await bank.admin.newUser({ scopes: CUSTOMER });
    const cyds = await signedIn({ app, ...cyd });
    expect((await cyds.call('GET', '/accounts')).body).toMatchObject([{ id: cyd.account }]);
    const answers = [
      await cyds.call('GET', `/accounts/${ann.account}/transactions`),
      await cyds.call('GET', `/accounts/${randomUUID()}/transactions`),
      await cyds.call('GET', '/accounts/%00/transactions'),
      await cyds.call('GET', `/transfers/${made.id}`),
      await cyds.call('GET', `/transfers/${randomUUID()}`),
      await transfer(cyds, orderOf(1)),
    ];
    for (const answer of answers) expect([answer.status, answer.code]).toEqual([404, 'not_found']);
    expect(await balances()).toEqual([FUNDED - 1, FUNDED + 1]);
  });

  describe('[C15] ordered again with the same Idempotency-Key', () => {
    it('is answered as before when it is signed anew, and refused when it is replayed', async () => {
      const key = randomUUID();
      const options = { body: orderOf(700), headers: { 'idempotency-key': key } };
      const prepared = anns.prepare('POST', '/transfers', options);
      const first = await send(prepared);
      expect(first.status).toBe(201);
      expect(await send(prepared)).toMatchObject({ status: 401, code: 'signature_replayed' });
      const again = await anns.call('POST', '/transfers', options);
      const byHawk = await anns.call('POST', '/transfers', { ...options, signature: 'hawk' });
      for (const answer of [again, byHawk]) expect([answer.status, answer.body]).toEqual([201, first.body]);
      expect(await balances()).toEqual([FUNDED - 700, FUNDED + 700]);
    });

    it('is refused with another order, whichever member differs', async () => {
      const key = randomUUID();
      await transfer(anns, orderOf(700), key);
      for (const other of [{ amountMinor: 701 }, { reference: 'Rent ' }, { to: ann.account }])
        expect(await transfer(anns, { ...orderOf(700), ...other }, key)).toMatchObject({
          status: 422,
          code: 'idempotency_mismatch',
        });
      expect(await balances()).toEqual([FUNDED - 700, FUNDED + 700]);
    });

    it('is another’s when another user says so', async () => {
      const key = randomUUID();
      const one = await transfer(anns, orderOf(10), key);
      const other = await transfer(bens, { ...orderOf(10), from: ben.account, to: ann.account }, key);
      expect([one.status, other.status]).toEqual([201, 201]);
      expect(other.body.id).not.toBe(one.body.id);
      expect(await balances()).toEqual([FUNDED, FUNDED]);
    });

    it('moves once when all orders come at the same time', async () => {
      const key = randomUUID();
      const orders = Array.from({ length: 8 }, () => transfer(anns, orderOf(900), key));
      const answers: BankAnswer[] = await Promise.all(orders);
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThan(0);
      expect(new Set(made.map(({ body }) => body.id)).size).toBe(1);
      for (const { status, code } of answers.filter((answer) => answer.status !== 201))
        expect([status, code]).toEqual([409, 'idempotency_conflict']);
      expect(await balances()).toEqual([FUNDED - 900, FUNDED + 900]);
    });
  });

  it('is never more than there is, however it is asked for', async () => {
    const orders = Array.from({ length: 6 }, () => transfer(anns, orderOf(30_000)));
    const statuses = (await Promise.all(orders)).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([201, 201, 201, 422, 422, 422]);
    for (const amountMinor of [0, -1, 0.5, '1', 1e15, null])
      expect((await transfer(anns, { ...orderOf(1), amountMinor })).status).toBe(422);
    expect((await transfer(anns, { ...orderOf(1), userId: ben.id })).status).toBe(422);
    expect(await balances()).toEqual([FUNDED - 90_000, FUNDED + 90_000]);
  });

  describe('on a frozen account', () => {
    const freeze = (client: BankClient) =>
      client.call('POST', '/freezes', { body: { accountId: ann.account, reason: 'Lost phone' } });

    it('stays where it is until the freeze is lifted', async () => {
      const administrator = await newAdministrator();
      const frozen = await freeze(administrator);
      expect([frozen.status, Object.keys(frozen.body)]).toEqual([201, ['id', 'accountId', 'frozenAt']]);
      expect((await anns.call('GET', '/accounts')).body).toMatchObject([{ frozen: true }]);
      const back = { ...orderOf(5), from: ben.account, to: ann.account };
      for (const answer of [await transfer(anns, orderOf(5)), await transfer(bens, back)])
        expect([answer.status, answer.code]).toEqual([422, 'validation_failed']);
      expect(await balances()).toEqual([FUNDED, FUNDED]);
      expect((await administrator.call('DELETE', `/freezes/${frozen.body.id}`)).status).toBe(204);
      expect((await transfer(anns, orderOf(5))).status).toBe(201);
    });

    it('was frozen by somebody who may, through an app that may', async () => {
      const refused = { status: 403, code: 'insufficient_scope', body: { scope: 'bank:admin' } };
      expect(await freeze(anns)).toMatchObject(refused);
      const administrator = await bank.admin.newUser({ scopes: ALL_SCOPES });
      const modest = await bank.admin.newApp({ scopes: CUSTOMER });
      expect(await freeze(await signedIn({ app: modest, ...administrator }))).toMatchObject(refused);
      const narrow = { scope: CUSTOMER.join(' ') };
      expect(await freeze(await signedIn({ app, ...administrator, body: narrow }))).toMatchObject(refused);
      const { status, body } = await freeze(await signedIn({ app, ...administrator }));
      expect(status).toBe(201);
      expect(await anns.call('DELETE', `/freezes/${body.id}`)).toMatchObject(refused);
      expect((await transfer(anns, orderOf(5))).status).toBe(422);
    });
  });
});
