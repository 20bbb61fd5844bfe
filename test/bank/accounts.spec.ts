import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { viewTransaction } from '../../src/accounts/account-views.js';
import { identifierIn } from '../../src/accounts/identifier.js';
import { Account } from '../../src/accounts/ledger/account.entity.js';
import { FUNDING_ACCOUNT } from '../../src/accounts/ledger/funding-account.js';
import { minorUnitsOf } from '../../src/accounts/ledger/minor-units.js';
import { statementPage } from '../../src/accounts/statement-page.js';
import { createDataSource } from '../../src/database/create-data-source.js';
import { bankServices, TestBank } from '../support/bank-services.js';
import { describeOnEachDatabase } from '../support/databases.js';

describeOnEachDatabase('Accounts', (open) => {
  let bank: TestBank;

  beforeAll(async () => {
    bank = await TestBank.open(open);
  });
  afterAll(() => bank.close());

  describe('opening', () => {
    it('funds a current account with money that the bank is missing from then on', async () => {
      const owed = await bank.balanceOf(FUNDING_ACCOUNT.id);
      const { userId, accountId } = await bank.newCustomer();
      expect(await bank.node.accounts.listOf(userId)).toMatchObject([
        { id: accountId, name: 'Current account', currency: 'EUR', balanceMinor: 100_000, frozen: false },
      ]);
      expect(await bank.balanceOf(FUNDING_ACCOUNT.id)).toBe(owed - 100_000);
      expect(await bank.books()).toMatchObject({ balances: '0', entries: '0' });
    });

    it('is undone with the transaction that it is part of', async () => {
      const userId = await bank.newUser();
      const before = await bank.books();
      const { opening, transactions } = bank.node;
      const failed = transactions.run(async () => {
        await opening.openCurrentAccount(userId);
        throw new Error('the user could not be made after all');
      });
      await expect(failed).rejects.toThrow('after all');
      expect(await bank.books()).toEqual(before);
    });

    it('opens nothing for a user who does not exist', async () => {
      const before = await bank.books();
      const opened = bank.node.opening.openCurrentAccount(randomUUID());
      await expect(opened).rejects.toMatchObject({ driverError: { code: '23503' } });
      expect(await bank.books()).toEqual(before);
    });

    it('adds up when many are opened at once', async () => {
      const users = await Promise.all(Array.from({ length: 12 }, () => bank.newUser()));
      await Promise.all(
        users.map((userId, n) => (n % 2 ? bank.node : bank.otherNode).opening.openCurrentAccount(userId)),
      );
      expect(await bank.books()).toMatchObject({ balances: '0', entries: '0' });
    });
  });

  it('are found by their owner alone; others learn nothing', async () => {
    const [ann, ben] = [await bank.newCustomer(), await bank.newCustomer()];
    const page = statementPage.parse({});
    expect(await bank.node.accounts.statementOf(ann.userId, ann.accountId, page)).toHaveLength(1);
    for (const id of [ben.accountId, randomUUID(), FUNDING_ACCOUNT.id]) {
      const foreign = bank.node.accounts.statementOf(ann.userId, id, page);
      await expect(foreign).rejects.toMatchObject({ code: 'not_found', reason: 'account_not_owned' });
    }
    expect(await bank.node.accounts.listOf(ann.userId)).toMatchObject([{ id: ann.accountId }]);
    expect(await bank.node.accounts.listOf(await bank.newUser())).toEqual([]);
  });

  it('keep their owner from being removed', async () => {
    const { userId } = await bank.newCustomer();
    const removed = bank.dataSource.query('DELETE FROM portcullis_users WHERE id = $1', [userId]);
    await expect(removed).rejects.toMatchObject({
      driverError: { code: expect.stringMatching(/^23(001|503)$/) },
    });
  });

  it('of customers are never overdrawn, whatever the code does', async () => {
    const { accountId } = await bank.newCustomer();
    const overdrawn = bank.dataSource.manager.update(Account, accountId, { balanceMinor: -1 });
    await expect(overdrawn).rejects.toMatchObject({
      driverError: { constraint: 'bank_accounts_customers_owe_nothing' },
    });
  });

  it('refuse to hold what a number cannot count', async () => {
    const { userId, accountId } = await bank.newCustomer();
    const { manager } = bank.dataSource;
    await expect(manager.update(Account, accountId, { balanceMinor: 2 ** 53 })).rejects.toThrow(RangeError);
    await expect(manager.update(Account, accountId, { balanceMinor: 0.5 })).rejects.toThrow(RangeError);
    const put = 'UPDATE bank_accounts SET balance_minor = $2 WHERE id = $1';
    await manager.query(put, [accountId, '9007199254740993']);
    await expect(bank.node.accounts.listOf(userId)).rejects.toThrow(RangeError);
    await manager.query(put, [accountId, '100000']);
  });

  describe('statements', () => {
    it('show what moved, newest first, from the account\u2019s side', async () => {
      const [ann, ben] = [await bank.newCustomer(), await bank.newCustomer()];
      const order = {
        from: ann.accountId,
        to: ben.accountId,
        amountMinor: 250,
        currency: 'EUR',
        reference: 'Lunch',
      };
      const made = await bank.node.transfers.make({ userId: ann.userId, order });
      const line = {
        transferId: made.id,
        currency: 'EUR',
        reference: 'Lunch',
        bookedAt: made.createdAt.toISOString(),
      };
      const id = expect.any(String);
      expect(await linesOf(ann)).toEqual([
        { ...line, id, amountMinor: -250, balanceMinor: 99_750, counterpartyAccountId: ben.accountId },
        expect.objectContaining({ amountMinor: 100_000, counterpartyAccountId: FUNDING_ACCOUNT.id }),
      ]);
      expect(await linesOf(ben)).toEqual([
        { ...line, id, amountMinor: 250, balanceMinor: 100_250, counterpartyAccountId: ann.accountId },
        expect.objectContaining({ amountMinor: 100_000, reference: 'Welcome' }),
      ]);
    });

    it('are read page by page, without a gap when money moves meanwhile', async () => {
      const [ann, ben] = [await bank.newCustomer(), await bank.newCustomer()];
      const pay = (amountMinor: number) => {
        const order = { from: ann.accountId, to: ben.accountId, amountMinor, currency: 'EUR', reference: '' };
        return bank.node.transfers.make({ userId: ann.userId, order });
      };
      for (const amount of [1, 2, 3, 4]) await pay(amount);
      const first = await linesOf(ann, { limit: '2' });
      await pay(5);
      const second = await linesOf(ann, { limit: '2', before: first[1]!.id });
      const third = await linesOf(ann, { limit: '2', before: second[1]!.id });
      const amounts = [first, second, third].map((page) => page.map(({ amountMinor }) => amountMinor));
      expect(amounts).toEqual([[-4, -3], [-2, -1], [100_000]]);
      expect(await linesOf(ann, { before: third[0]!.id })).toEqual([]);
    });

    it('refuse to go on from a line of another account', async () => {
      const [ann, ben] = [await bank.newCustomer(), await bank.newCustomer()];
      const [foreign] = await linesOf(ben);
      for (const before of [foreign!.id, randomUUID()]) {
        await expect(linesOf(ann, { before })).rejects.toMatchObject({
          code: 'validation_failed',
          members: { errors: [{ path: 'before' }] },
        });
      }
    });

    const linesOf = async (
      { userId, accountId }: { userId: string; accountId: string },
      page: object = {},
    ) => {
      const entries = await bank.node.accounts.statementOf(userId, accountId, statementPage.parse(page));
      return entries.map(viewTransaction);
    };
  });

  it('stand in tables that the entities describe without a difference', async () => {
    const { upQueries } = await bank.dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('go and come back with their migration, and leave the library\u2019s tables alone', async () => {
    await bank.dataSource.undoLastMigration();
    expect(await bank.dataSource.query(`SELECT to_regclass('bank_accounts') AS bank`)).toEqual([
      { bank: null },
    ]);
    expect(await bank.newUser()).toBeDefined();
    await bank.dataSource.runMigrations();
    expect(await bank.balanceOf(FUNDING_ACCOUNT.id)).toBe(0);
  });
});

describe('What names an account', () => {
  it('is a UUID however it is written', () => {
    const id = randomUUID();
    expect(identifierIn(id.toUpperCase())).toBe(id);
  });

  it.each(['', 'me', '{00000000-0000-4000-8000-000000000001}', '00000000000040008000000000000001', '%00'])(
    'is nothing when it is %j',
    (text) => expect(() => identifierIn(text)).toThrow(expect.objectContaining({ code: 'not_found' })),
  );
});

describe('A page of a statement', () => {
  it.each([['1'], ['99'], ['100']])('may have %s lines', (limit) => {
    expect(statementPage.parse({ limit })).toEqual({ limit: Number(limit) });
  });

  it.each<[string, object]>([
    ['no lines', { limit: '0' }],
    ['more than 100', { limit: '101' }],
    ['a number with a sign', { limit: '+5' }],
    ['two limits', { limit: ['1', '2'] }],
    ['a cursor that is no identifier', { before: 'x' }],
    ['what it does not know', { after: randomUUID() }],
  ])('is refused with %s', (_, query) => expect(statementPage.safeParse(query).success).toBe(false));
});

describe('An amount from the database', () => {
  it('is exact or refused', () => {
    expect(minorUnitsOf('-9007199254740991')).toBe(Number.MIN_SAFE_INTEGER);
    for (const text of ['9007199254740992', '-9007199254740993', '1.5', 'NaN']) {
      expect(() => minorUnitsOf(text)).toThrow(RangeError);
    }
  });
});

describe('The embedded database of the bank', () => {
  it('keeps money in the data folder over a restart', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'bank-'));
    try {
      const first = await createDataSource({ dataDir }).initialize();
      await first.runMigrations();
      const userId = randomUUID();
      await first.query(
        `INSERT INTO portcullis_users (id, username, username_key, password_hash, scopes, suspended, created_at)
         VALUES ($1, 'ann', 'ann', 'none', '{}', false, now())`,
        [userId],
      );
      const { id } = await bankServices(first).opening.openCurrentAccount(userId);
      await first.destroy();

      const second = await createDataSource({ dataDir }).initialize();
      expect(await second.runMigrations()).toEqual([]);
      expect(await bankServices(second).accounts.listOf(userId)).toMatchObject([
        { id, balanceMinor: 100_000 },
      ]);
      await second.destroy();
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  }, 90_000);
});
