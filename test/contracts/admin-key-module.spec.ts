import { randomBytes } from 'node:crypto';
import { Get, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { KeyRing, PortcullisModule, usePortcullis } from '@portcullis/nest';
import { Administration, AdminModule, AdminScope, type AdminModuleOptions } from '@portcullis/nest/admin';
import { PORTCULLIS_MIGRATIONS, typeOrmStores } from '@portcullis/nest/typeorm';
import { AdminClient } from '../support/admin-client.js';
import { describeOnOneDatabase } from '../support/databases.js';
import { noteSecret } from '../support/log-book.js';

const ORIGINS = { publicOrigins: ['https://api.example.com'] };

class Vault {
  readonly key = noteSecret(randomBytes(32).toString('base64url'));
}

@Module({ providers: [Vault], exports: [Vault] })
class VaultModule {}

/** A host's own. */
@Administration('stock')
class StockController {
  @AdminScope('apps:read')
  @Get()
  list(): object {
    return { stock: true };
  }
}

@Module({ controllers: [StockController] })
class StockModule {}

describe('The administration module', () => {
  it.each<[string, object, string]>([
    ['none', {}, 'AdminModule: key is missing, expected text'],
    ['a short one', { key: 'short' }, 'AdminModule: key is text, expected at least 8 characters'],
    [
      'one that cannot travel',
      { key: 'with a space' },
      'AdminModule: key is text, expected characters of a bearer token',
    ],
    ['another option', { key: 'long-enough', keys: [] }, 'AdminModule: keys: there is no such option'],
  ])('refuses %s for the root key, and does not repeat it', (_, options, message) => {
    expect(() => AdminModule.forRoot(options as AdminModuleOptions)).toThrow(message);
  });

  it('ends the start of an application that has no stores', async () => {
    const start = Test.createTestingModule({
      imports: [
        PortcullisModule.forRoot({ ...ORIGINS, apps: [] }),
        AdminModule.forRoot({ key: noteSecret(randomBytes(16).toString('hex')) }),
      ],
    }).compile();
    await expect(start).rejects.toThrow('AdminModule: what it administers is in the stores');
  });

  it('ends the start when what was waited for is no key', async () => {
    const start = Test.createTestingModule({
      imports: [
        PortcullisModule.forRoot({ ...ORIGINS, apps: [] }),
        AdminModule.forRootAsync({ useFactory: async () => ({ key: '' }) }),
      ],
    }).compile();
    await expect(start).rejects.toThrow('AdminModule: key is empty text');
  });
});

describeOnOneDatabase('The administration module with stores', (open) => {
  it('waits for its key, and guards what a host puts behind it by scope', async () => {
    const database = await open({ migrations: PORTCULLIS_MIGRATIONS });
    const testing = await Test.createTestingModule({
      imports: [
        PortcullisModule.forRoot({
          ...ORIGINS,
          problems: 'all',
          stores: typeOrmStores(database.dataSource, { databaseIsOpenTo: 'this-process' }),
          keyRing: new KeyRing([randomBytes(32)]),
        }),
        AdminModule.forRootAsync({
          imports: [VaultModule],
          inject: [Vault],
          useFactory: async ({ key }: Vault) => ({ key }),
        }),
        StockModule,
      ],
    }).compile();
    const app = testing.createNestApplication({ bodyParser: false, logger: false });
    usePortcullis(app);
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const root = new AdminClient(url, app.get(Vault, { strict: false }).key);
    const keyWith = async (scope: string) => {
      const { status, body } = await root.call('POST', '/keys', { name: 'Key', scopes: [scope] });
      expect(status).toBe(201);
      return new AdminClient(url, noteSecret(body['key'] as string));
    };
    expect((await root.call('GET', '/stock')).body).toEqual({ stock: true });
    expect((await (await keyWith('apps:read')).call('GET', '/stock')).status).toBe(200);
    expect((await (await keyWith('apps:write')).call('GET', '/stock')).status).toBe(403);
    expect((await root.call('GET', '/apps')).status).toBe(200);
    await app.close();
    await database.close();
  });
});
