import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FUNDING_ACCOUNT } from '../../src/accounts/ledger/funding-account.js';
import { idempotencyKeyIn } from '../../src/transfers/idempotency-key.decorator.js';
import { transferOrder, type TransferOrder } from '../../src/transfers/transfer-order.js';
import { describeOnEachDatabase } from '../support/databases.js';
import { TestBank } from '../support/bank-services.js';

interface Customer {
  userId: string;
  accountId: string;
}

const orderOf = (from: Customer, to: Customer, change: Partial<TransferOrder> = {}): TransferOrder => ({
  from: from.accountId,
  to: to.accountId,
  amountMinor: 1_000,
  currency: 'EUR',
  reference: 'Rent',
  ...change,
});

/** Who waits for what this connection holds. */
const WAITING =
  'SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))';

const refusal = (path: string) => ({
  code: 'validation_failed',
  members: { errors: [{ path, message: expect.stringMatching(/^expected /) }] },
});

describeOnEachDatabase('Transfers', (open, kind) => {
  let bank: TestBank;
  let ann: Customer;
  let ben: Customer;

  beforeAll(async () => {
    bank = await TestBank.open(open);
  });
  afterAll(() => bank.close());
  beforeEach(async () => {
    ann = await bank.newCustomer();
    ben = await bank.newCustomer();
  });

  const make = (from: Customer, to: Customer, change: Partial<TransferOrder> = {}, idempotencyKey?: string) =>
    bank.node.transfers.make({ userId: from.userId, order: orderOf(from, to, change), idempotencyKey });

  it('moves the money and books it on both sides', async () => {
    const made = await make(ann, ben);
    expect(await bank.balanceOf(ann.accountId)).toBe(99_000);
    expect(await bank.balanceOf(ben.accountId)).toBe(101_000);
    for (const { userId } of [ann, ben]) {
      expect(await bank.node.transfers.find(userId, made.id)).toEqual(made);
    }
    expect(await bank.books()).toMatchObject({ balances: '0', entries: '0' });
  });

  it('loses and makes no money in 300 transfers at once among five accounts', async () => {
    const customers = [
      ann,
      ben,
      await bank.newCustomer(),
      await bank.newCustomer(),
      await bank.newCustomer(),
    ];
    const before = (await bank.books()) as { transfers: number };
    let made = 0;
    const refused: unknown[] = [];
    const worker = async (_: unknown, n: number) => {
      const { transfers } = n % 2 ? bank.node : bank.otherNode;
      for (let round = 0; round < 15; round += 1) {
        const at = randomInt(5);
        const from = customers[at]!;
        const to = customers[(at + 1 + randomInt(4)) % 5]!;
        const order = orderOf(from, to, { amountMinor: randomInt(1, 60_000) });
        await transfers.make({ userId: from.userId, order }).then(
          () => (made += 1),
          (error: unknown) => refused.push(error),
        );
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));

    expect(made + refused.length).toBe(300);
    expect(made).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject(refusal('amountMinor'));
    const balances = await Promise.all(customers.map(({ accountId }) => bank.balanceOf(accountId)));
    expect(balances.reduce((sum, balance) => sum + balance)).toBe(500_000);
    expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
    expect(await bank.books()).toMatchObject({
      balances: '0',
      entries: '0',
      transfers: before.transfers + made,
      bookings: 2 * (before.transfers + made),
    });
    expect(await brokenStatements()).toEqual([]);
  }, 60_000);

  /** Lines that do not follow from the line before, and accounts that do not hold what their last line says. */
  const brokenStatements = () =>
    bank.dataSource.query(
      `SELECT id FROM (SELECT id, balance_minor - amount_minor AS before,
                coalesce(lag(balance_minor) OVER (PARTITION BY account_id ORDER BY position), 0) AS held
              FROM bank_entries) AS line WHERE before <> held
       UNION ALL
       SELECT account.id FROM bank_accounts account WHERE balance_minor <>
         (SELECT balance_minor FROM bank_entries WHERE account_id = account.id ORDER BY position DESC LIMIT 1)`,
    );

  it('lets opposite transfers pass one another without a deadlock', async () => {
    const pairs = Array.from({ length: 40 }, (_, n) => {
      const [from, to] = n % 2 ? [ann, ben] : [ben, ann];
      const { transfers } = n % 4 < 2 ? bank.node : bank.otherNode;
      return transfers.make({ userId: from.userId, order: orderOf(from, to) });
    });
    expect(await Promise.all(pairs)).toHaveLength(40);
    expect(await bank.balanceOf(ann.accountId)).toBe(100_000);
  });

  it('never lets an account be overdrawn by spending it twice at once', async () => {
    const all = { amountMinor: 100_000 };
    const spent = await Promise.allSettled([make(ann, ben, all), make(ann, ben, all), make(ann, ben, all)]);
    expect(spent.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of spent)
      if (one.status === 'rejected') expect(one.reason).toMatchObject(refusal('amountMinor'));
    expect(await bank.balanceOf(ann.accountId)).toBe(0);
  });

  describe('with an idempotency key', () => {
    it('moves money once however often it is sent at the same time', async () => {
      const key = randomUUID();
      const sent = await Promise.allSettled(
        Array.from({ length: 20 }, (_, n) => {
          const { transfers } = n % 2 ? bank.node : bank.otherNode;
          return transfers.make({ userId: ann.userId, order: orderOf(ann, ben), idempotencyKey: key });
        }),
      );
      const answers = sent.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      const refusals = sent.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
      expect(answers.length).toBeGreaterThan(0);
      for (const answer of answers) expect(answer).toEqual(answers[0]);
      for (const reason of refusals)
        expect(reason).toMatchObject({ code: 'idempotency_conflict', status: 409 });
      expect(await bank.balanceOf(ann.accountId)).toBe(99_000);
      expect(await make(ann, ben, {}, key)).toEqual(answers[0]);
      expect(await bank.balanceOf(ann.accountId)).toBe(99_000);
    });

    // The embedded database never runs two: there is nothing to be in conflict with.
    if (kind === 'server')
      it('answers at once that the first is still running', async () => {
        const key = randomUUID();
        const holder = bank.otherDataSource.createQueryRunner();
        await holder.startTransaction();
        await holder.query('SELECT id FROM bank_accounts WHERE id = $1 FOR UPDATE', [ben.accountId]);
        const first = make(ann, ben, {}, key);
        // Until it waits for the account: by then it has its key.
        while ((await holder.query(WAITING)).length === 0) await delay(10);
        await expect(make(ann, ben, {}, key)).rejects.toMatchObject({ code: 'idempotency_conflict' });
        await holder.rollbackTransaction();
        await holder.release();
        expect(await make(ann, ben, {}, key).catch(() => first)).toEqual(await first);
      });

    it('gives the stored answer to a body that means the same', async () => {
      const key = randomUUID();
      const made = await make(ann, ben, { reference: '' }, key);
      const { reference: _, ...bare } = orderOf(ann, ben);
      const order = transferOrder.parse({ ...bare, from: ann.accountId.toUpperCase() });
      expect(await bank.node.transfers.make({ userId: ann.userId, order, idempotencyKey: key })).toEqual(
        made,
      );
    });

    it.each<[string, Partial<TransferOrder>]>([
      ['amount', { amountMinor: 2_000 }],
      ['reference', { reference: 'Other' }],
      ['currency', { currency: 'SEK' }],
      ['recipient', { to: randomUUID() }],
      ['sender', { from: randomUUID() }],
    ])('refuses the key for an order with another %s', async (_, change) => {
      const key = randomUUID();
      await make(ann, ben, {}, key);
      const other = make(ann, ben, change, key);
      await expect(other).rejects.toMatchObject({ code: 'idempotency_mismatch', status: 422 });
      expect(await bank.balanceOf(ann.accountId)).toBe(99_000);
    });

    it('keeps the keys of two users apart', async () => {
      const key = randomUUID();
      const [one, two] = [await make(ann, ben, {}, key), await make(ben, ann, {}, key)];
      expect(two.id).not.toBe(one.id);
    });

    it('keeps nothing of a refused order, so that its key can be used again', async () => {
      const key = randomUUID();
      const before = await bank.books();
      const tooMuch = make(ann, ben, { amountMinor: 100_001 }, key);
      await expect(tooMuch).rejects.toMatchObject(refusal('amountMinor'));
      expect(await bank.books()).toEqual(before);
      await expect(make(ann, ben, { amountMinor: 100_000 }, key)).resolves.toMatchObject({
        to: ben.accountId,
      });
    });
  });

  it('leaves nothing behind when it fails half-way', async () => {
    const before = await bank.books();
    const key = randomUUID();
    await bank.dataSource.query(
      'ALTER TABLE bank_entries ADD CONSTRAINT no_money_in CHECK (amount_minor < 0) NOT VALID',
    );
    try {
      await expect(make(ann, ben, {}, key)).rejects.toMatchObject({ driverError: { code: '23514' } });
    } finally {
      await bank.dataSource.query('ALTER TABLE bank_entries DROP CONSTRAINT no_money_in');
    }
    expect(await bank.books()).toEqual(before);
    await expect(make(ann, ben, {}, key)).resolves.toMatchObject({ from: ann.accountId });
  });

  it('finds no account to pay from but the own ones', async () => {
    const before = await bank.books();
    for (const from of [ben.accountId, randomUUID(), FUNDING_ACCOUNT.id]) {
      await expect(make(ann, ben, { from, to: ann.accountId })).rejects.toMatchObject({
        code: 'not_found',
        reason: 'account_not_owned',
      });
    }
    expect(await bank.books()).toEqual(before);
  });

  it('says nothing about why an account cannot be paid to', async () => {
    const cat = await bank.newCustomer();
    await bank.node.freezes.freeze(ann.userId, { accountId: cat.accountId });
    const answers = await Promise.all(
      [randomUUID(), FUNDING_ACCOUNT.id, cat.accountId].map((to) =>
        make(ann, ben, { to }).catch((error: unknown) => error),
      ),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject(refusal('to'));
      expect((answer as { members: object }).members).toEqual((answers[0] as { members: object }).members);
    }
  });

  it('names everything that stands against an order', async () => {
    await bank.node.freezes.freeze(ben.userId, { accountId: ann.accountId });
    const order = make(ann, ann, { amountMinor: 100_001, currency: 'SEK' });
    const error = await order.catch((reason: { members: { errors: { path: string }[] } }) => reason);
    expect('members' in error && error.members.errors.map(({ path }) => path)).toEqual([
      'from',
      'currency',
      'amountMinor',
      'to',
    ]);
  });

  it('shows a transfer to the owners of its two accounts and to nobody else', async () => {
    const cat = await bank.newCustomer();
    const made = await make(ann, ben);
    const problem = { code: 'not_found', reason: 'transfer_not_owned' };
    await expect(bank.node.transfers.find(cat.userId, made.id)).rejects.toMatchObject(problem);
    await expect(bank.node.transfers.find(ann.userId, randomUUID())).rejects.toMatchObject(problem);
  });

  describe('a freeze', () => {
    it('stops money on an account in both directions until it is lifted', async () => {
      const { id } = await bank.node.freezes.freeze(ben.userId, {
        accountId: ann.accountId,
        reason: 'Lost phone',
      });
      await expect(make(ann, ben)).rejects.toMatchObject(refusal('from'));
      await expect(make(ben, ann)).rejects.toMatchObject(refusal('to'));
      await bank.node.freezes.lift(ben.userId, id);
      await expect(make(ann, ben)).resolves.toBeDefined();
      await expect(make(ben, ann)).resolves.toBeDefined();
    });

    it('is the one that was there when an account is frozen again, also at the same moment', async () => {
      const freeze = () => bank.node.freezes.freeze(ben.userId, { accountId: ann.accountId });
      const [first, ...rest] = await Promise.all([freeze(), freeze(), freeze()]);
      for (const other of [...rest, await freeze()]) expect(other).toEqual(first);
    });

    it('is not lifted by lifting an older one again', async () => {
      const freeze = () => bank.node.freezes.freeze(ben.userId, { accountId: ann.accountId });
      const older = await freeze();
      await bank.node.freezes.lift(ben.userId, older.id);
      const newer = await freeze();
      expect(newer.id).not.toBe(older.id);
      await bank.node.freezes.lift(ben.userId, older.id);
      await expect(make(ann, ben)).rejects.toMatchObject(refusal('from'));
    });

    it('is not found for what is no customer\u2019s account and no freeze', async () => {
      for (const accountId of [randomUUID(), FUNDING_ACCOUNT.id]) {
        await expect(bank.node.freezes.freeze(ben.userId, { accountId })).rejects.toMatchObject({
          status: 404,
        });
      }
      await expect(bank.node.freezes.lift(ben.userId, randomUUID())).rejects.toMatchObject({ status: 404 });
    });
  });
});

describe('The body of a transfer', () => {
  const good = { from: randomUUID(), to: randomUUID(), amountMinor: 1, currency: 'EUR', reference: 'Rent' };

  it.each<[string, object]>([
    ['a good one', {}],
    ['the highest amount', { amountMinor: 1_000_000_000_000 }],
    ['the longest reference', { reference: 'é'.repeat(140) }],
    ['an emoji', { reference: '👩‍🚀' }],
  ])('is accepted with %s', (_, change) => {
    expect(transferOrder.parse({ ...good, ...change })).toEqual({ ...good, ...change });
  });

  it('needs no reference', () => {
    const { reference: _, ...bare } = good;
    expect(transferOrder.parse(bare)).toEqual({ ...bare, reference: '' });
  });

  it.each<[string, unknown]>([
    ['an unknown member', { ...good, userId: randomUUID() }],
    ['no amount', { ...good, amountMinor: undefined }],
    ['nothing', { ...good, amountMinor: 0 }],
    ['a negative amount', { ...good, amountMinor: -1 }],
    ['half a cent', { ...good, amountMinor: 0.5 }],
    ['an amount as text', { ...good, amountMinor: '1' }],
    ['more than the highest amount', { ...good, amountMinor: 1_000_000_000_001 }],
    ['an amount without end', { ...good, amountMinor: Infinity }],
    ['a small currency', { ...good, currency: 'eur' }],
    ['a currency and a line', { ...good, currency: 'EUR\n' }],
    ['a line in the reference', { ...good, reference: 'Rent\n' }],
    ['a NUL in the reference', { ...good, reference: '\0' }],
    ['half a character in the reference', { ...good, reference: '\ud83d' }],
    ['too long a reference', { ...good, reference: 'x'.repeat(141) }],
    ['an account that is no identifier', { ...good, to: 'me' }],
    ['a list', [good]],
    ['nothing at all', undefined],
  ])('is refused with %s', (_, body) => {
    expect(transferOrder.safeParse(body).success).toBe(false);
  });
});

describe('The idempotency key', () => {
  it('is read from the one header that carries it', () => {
    expect(idempotencyKeyIn(['Host', 'idempotency-key', 'IDEMPOTENCY-Key', ' ~'])).toBe(' ~');
    expect(idempotencyKeyIn(['Host', 'idempotency-key'])).toBeUndefined();
  });

  it.each([
    ['empty', ['']],
    ['too long', ['k'.repeat(256)]],
    ['not ASCII', ['schlüssel']],
    ['not printable', ['a\tb']],
    ['there twice', ['a', 'a']],
  ])('is refused when it is %s', (_, values) => {
    const headers = values.flatMap((value) => ['Idempotency-Key', value]);
    expect(() => idempotencyKeyIn(headers)).toThrow(expect.objectContaining({ code: 'malformed_request' }));
  });
});
