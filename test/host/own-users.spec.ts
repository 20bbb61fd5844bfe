import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import {
  Apps,
  CallingUser,
  KeyRing,
  Protect,
  Sessions,
  SessionsModule,
  UserAccounts,
  type CallingUserFacts,
  type PortcullisModuleOptions,
  type UserAccount,
} from '@portcullis/nest';
import { AdminModule } from '@portcullis/nest/admin';
import { OAuthModule } from '@portcullis/nest/oauth';
import { PORTCULLIS_MIGRATIONS, typeOrmStores, TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { authorize, codeRequest, pkcePair, TestBrowser, toldToApp } from '../support/authorization-flow.js';
import { BankClient } from '../support/bank-client.js';
import { describeOnEachDatabase, type OpenedDatabase } from '../support/databases.js';
import { ADAPTERS, startHost, type Host } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

interface CustomerRow {
  readonly number: number;
  readonly email: string;
  readonly pin: string;
  readonly blocked: boolean;
}

/** A host's table, with ids and a way to sign in that are the host's own. */
class Customers extends UserAccounts {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async authenticate(email: string, pin: string): Promise<UserAccount | undefined> {
    const [row] = await this.transactions.rows<CustomerRow>('SELECT * FROM customers WHERE email = $1', [
      email,
    ]);
    return row?.pin === pin ? this.accountOf(row) : undefined;
  }

  override async find(id: string): Promise<UserAccount | undefined> {
    const [row] = await this.transactions.rows<CustomerRow>(
      'SELECT * FROM customers WHERE number::text = $1',
      [id],
    );
    return row && this.accountOf(row);
  }

  private accountOf({ number, email, pin, blocked }: CustomerRow): UserAccount | undefined {
    if (blocked) return undefined;
    return {
      id: String(number),
      username: email,
      scopes: ['orders:read', 'orders:write'],
      credentialVersion: pin,
    };
  }
}

const CALLBACK = 'com.example.shop:/callback';

@Controller()
class OrdersController {
  @Protect({ app: ['orders:read'], user: ['orders:read'] })
  @Get('orders')
  list(@CallingUser() { id, username, scopes }: CallingUserFacts): object {
    return { id, username, scopes };
  }
}

describe.each(ADAPTERS)('A host on %s whose users are in a table of its own', (adapter) => {
  describeOnEachDatabase('', (open) => {
    let database: OpenedDatabase;
    let host: Host;
    let client: BankClient;
    let customers: Customers;
    const pin = noteSecret(randomBytes(8).toString('hex'));
    const adminKey = noteSecret(randomBytes(32).toString('base64url'));

    beforeAll(async () => {
      database = await open({ migrations: PORTCULLIS_MIGRATIONS });
      const { dataSource } = database;
      await dataSource.query(
        'CREATE TABLE customers (number int PRIMARY KEY, email text, pin text, blocked boolean)',
      );
      const stores = typeOrmStores(dataSource);
      customers = new Customers(stores.transactions);
      const module = {
        apps: undefined,
        claims: undefined,
        stores,
        keyRing: KeyRing.parse(noteSecret(randomBytes(32).toString('base64url'))),
        users: customers,
        tokens: { issuer: 'https://shop.example' },
      } as Partial<PortcullisModuleOptions>;
      host = await startHost(adapter, {
        controllers: [OrdersController],
        module,
        imports: [SessionsModule, AdminModule.forRoot({ key: adminKey }), OAuthModule.forRoot()],
      });
      const apps = host.app.get(Apps);
      const { app } = await apps.register({
        id: 'shop',
        name: 'Shop',
        clientType: 'public',
        scopes: ['orders:read'],
        grantTypes: ['authorization_code', 'password'],
        redirectUris: [CALLBACK],
      });
      client = new BankClient({
        url: host.url,
        appId: app.id,
        signingSecret: noteSecret('a public app signs nothing'),
        integritySecret: noteSecret('bm8gc2VjcmV0IGF0IGFsbA=='),
      });
    });
    beforeEach(async () => {
      await database.dataSource.query('DELETE FROM customers');
      await database.dataSource.query("INSERT INTO customers VALUES (4711, 'ann@example.com', $1, false)", [
        pin,
      ]);
    });
    afterAll(async () => {
      await host.app.close();
      await database.close();
    });

    const orders = () => client.call('GET', '/orders', { signature: 'none', integrity: false });

    it('signs them in, and knows them by the host’s ids', async () => {
      const { status, body } = await client.signIn('ann@example.com', pin);
      expect([status, body.scope]).toEqual([201, 'orders:read']);
      expect((await orders()).body).toMatchObject({ id: '4711', username: 'ann@example.com' });
    });

    it('signs them in on the pages of the authorization server', async () => {
      const { challenge, verifier } = pkcePair();
      const login = { username: 'ann@example.com', password: pin };
      const request = codeRequest('shop', CALLBACK, { code_challenge: challenge });
      const code = toldToApp(await authorize(new TestBrowser(host.url), request, login))['code'] ?? '';
      const form = { grant_type: 'authorization_code', client_id: 'shop', redirect_uri: CALLBACK };
      const body = new URLSearchParams({ ...form, code, code_verifier: verifier });
      const answer = await fetch(`${host.url}/oauth/token`, { method: 'POST', body });
      const { access_token: token } = (await answer.json()) as { access_token: string };
      const headers = { 'X-Api-Key': 'shop', Authorization: `Bearer ${noteSecret(token)}` };
      expect(await (await fetch(`${host.url}/orders`, { headers })).json()).toMatchObject({ id: '4711' });
    });

    it('refuses a wrong password and an unknown name alike', async () => {
      const wrong = await client.signIn('ann@example.com', 'not the pin');
      const unknown = await client.signIn('bob@example.com', pin);
      expect(wrong.status).toBe(401);
      expect({ ...unknown.body, requestId: '' }).toEqual({ ...wrong.body, requestId: '' });
    });

    it('ends all sessions of one when the host asks for it', async () => {
      await client.signIn('ann@example.com', pin);
      expect((await orders()).status).toBe(200);
      await host.app.get(Sessions).endAllOf('4711');
      expect((await orders()).status).toBe(401);
    });

    it('refuses one that the host has blocked, once the copy is told of it', async () => {
      await client.signIn('ann@example.com', pin);
      expect((await orders()).status).toBe(200);
      await database.dataSource.query('UPDATE customers SET blocked = true');
      expect((await orders()).status).toBe(200);
      host.clock.advance(61);
      // For the node it was silent for a minute, until it reads the feed again.
      while ((await orders()).status === 503) await delay(50);
      expect((await orders()).status).toBe(401);
      expect((await client.signIn('ann@example.com', pin)).status).toBe(401);
    });

    it('answers that it cannot know, not that the password is wrong, while the table cannot be read', async () => {
      await database.dataSource.query('ALTER TABLE customers RENAME TO away');
      const { status, code, headers } = await client.signIn('ann@example.com', pin);
      await database.dataSource.query('ALTER TABLE away RENAME TO customers');
      expect([status, code]).toEqual([503, 'temporarily_unavailable']);
      expect(headers.get('retry-after')).not.toBeNull();
      expect((await client.signIn('ann@example.com', pin)).status).toBe(201);
    });

    it('[N21] signs nobody in who is no account, and counts the attempt', async () => {
      const authenticate = jest.spyOn(customers, 'authenticate');
      // Whoever guesses waits for a second, and this machine may be busy for longer.
      const time = jest.spyOn(host.clock, 'now').mockReturnValue(host.clock.now());
      for (const garbage of [true, {}, 'ann', [], { id: 4711, scopes: [] }]) {
        authenticate.mockResolvedValueOnce(garbage as never);
        expect((await client.signIn('eve@example.com', pin)).status).toBe(503);
      }
      authenticate.mockRestore();
      expect((await client.signIn('eve@example.com', pin)).status).toBe(429);
      time.mockRestore();
      jest.spyOn(customers, 'isStill').mockResolvedValueOnce({} as never);
      expect((await client.signIn('ann@example.com', pin)).status).toBe(503);
      expect((await client.signIn('ann@example.com', pin)).status).toBe(201);
    });

    it('lists and ends their sessions over the administration, by the host’s ids', async () => {
      await client.signIn('ann@example.com', pin);
      const admin = (method: string) =>
        fetch(`${host.url}/admin/sessions?userId=4711`, {
          method,
          headers: { authorization: `Bearer ${adminKey}` },
        });
      const sessions = (await (await admin('GET')).json()) as { userId: string }[];
      expect(sessions.map(({ userId }) => userId)).toContain('4711');
      expect((await admin('DELETE')).status).toBe(204);
      expect((await orders()).status).toBe(401);
    });

    it('starts no session when the password changed while it was looked at', async () => {
      const checked = (await customers.authenticate('ann@example.com', pin)) as UserAccount;
      await database.dataSource.query("UPDATE customers SET pin = 'another'");
      const app = { id: 'shop', name: 'Shop', scopes: ['orders:read'], registered: true };
      const started = host.app.get(Sessions).start({ user: checked, app });
      await expect(started).rejects.toMatchObject({ code: 'user_token_invalid' });
    });
  });
});
