import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidEnvironment, readEnvironment } from '../../src/config/environment.js';
import { readSecrets } from '../../src/config/read-secrets.js';
import { newBankHome } from '../support/bank.js';
import { BankProcess } from '../support/bank-process.js';

const PRODUCTION = {
  NODE_ENV: 'production',
  PORTCULLIS_ISSUER: 'https://bank.example',
  PORTCULLIS_ADMIN_KEY: 'k'.repeat(32),
  PORTCULLIS_KEY_RING: Buffer.alloc(32, 1).toString('base64'),
};

/** What a start with these says. */
function refusal(variables: Record<string, string>): string {
  try {
    readEnvironment(variables);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidEnvironment);
    return (error as Error).message;
  }
  throw new Error('it starts');
}

describe('the environment', () => {
  it.each([
    ['PORT', 'eighty'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['HOST', 'no host'],
    ['HOST', '999.1.1.1'],
    ['HOST', 'name/path'],
    ['HOST', 'fe80::1%eth0'],
    ['PORTCULLIS_PUBLIC_ORIGINS', 'ftp://x'],
    ['HTTP_ADAPTER', 'koa'],
    ['LOG_LEVEL', 'loud'],
    ['DATABASE_URL', 'mysql://root:hunter2@127.0.0.1/x'],
    ['REDIS_URL', 'http://hunter2.example'],
    ['PORTCULLIS_ISSUER', 'ftp://hunter2.example'],
    ['PORTCULLIS_PUBLIC_ORIGINS', 'https://api.example.com/path-hunter2'],
    ['PORTCULLIS_PUBLIC_ORIGINS', ' , ,'],
    ['PORTCULLIS_TRUSTED_PROXIES', '10.0.0.0/8'],
    ['PORTCULLIS_ADMIN_KEY', 'hunter2'],
    ['PORTCULLIS_ADMIN_KEY', 'hunter2 hunter2'],
  ])('names %s when it is wrong, and what was expected, and not the value', (name, value) => {
    const message = refusal({ [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: expected \\S`));
    expect(message).not.toContain(value);
    expect(message).not.toContain('hunter2');
  });

  it('names PORTCULLIS_KEY_RING when a key in it is none', () => {
    const environment = readEnvironment({ PORTCULLIS_KEY_RING: 'hunter2hunter2' });
    expect(() => readSecrets(environment)).toThrow(/^PORTCULLIS_KEY_RING: expected keys of 32 bytes/);
  });

  it('[N20] wants an https issuer, an administration key and a key ring in production', () => {
    expect(refusal({ NODE_ENV: 'production' })).toMatch(
      /PORTCULLIS_ISSUER: .*PORTCULLIS_ADMIN_KEY: .*PORTCULLIS_KEY_RING: /,
    );
    expect(refusal({ ...PRODUCTION, PORTCULLIS_ISSUER: 'http://bank.example' })).toMatch(
      /^PORTCULLIS_ISSUER/,
    );
    expect(refusal({ ...PRODUCTION, PORTCULLIS_ADMIN_KEY: 'short-key' })).toMatch(/^PORTCULLIS_ADMIN_KEY/);
    expect(readEnvironment(PRODUCTION)).toMatchObject({ production: true, trustedProxies: [] });
  });

  it('takes the address that it listens on for the issuer, and an empty variable for none', () => {
    expect(readEnvironment({ PORT: '4000', REDIS_URL: '' })).toMatchObject({
      issuer: 'http://127.0.0.1:4000',
      publicOrigins: ['http://127.0.0.1:4000'],
      trustedProxies: ['127.0.0.1', '::1'],
      redisUrl: undefined,
    });
    expect(readEnvironment({ HOST: '::1' }).publicOrigins).toEqual(['http://[::1]:3000']);
  });

  it('makes secrets on the first start, for the owner alone, and keeps them', () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'secrets-'));
    const environment = readEnvironment({ DATA_DIR: dataDir });
    const { adminKey } = readSecrets(environment);
    expect(adminKey).toMatch(/^[\w-]{43}$/);
    expect(readSecrets(environment).adminKey).toBe(adminKey);
    for (const name of ['admin-key', 'key-ring'])
      expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    rmSync(dataDir, { recursive: true });
  });

  it.each([
    ['DATABASE_URL', 'postgres://nobody:hunter2@127.0.0.1:1/none', 'PostgreSQL', 'ECONNREFUSED'],
    ['REDIS_URL', 'redis://:hunter2@127.0.0.1:1', 'Redis', 'REDIS_UNREACHABLE'],
  ])(
    'names %s in one line when nobody answers there',
    async (name, value, server, code) => {
      const home = await newBankHome({ embedded: true });
      const bank = await BankProcess.prepare({ home, variables: { [name]: value, LOG_LEVEL: 'warn' } });
      expect(await bank.runToItsEnd()).toBe(1);
      const logged = bank.errorLines
        .slice(0, -1)
        .map((line) => (JSON.parse(line) as { level: number }).level);
      expect(logged.every((level) => level === 40)).toBe(true);
      expect(bank.errorLines.at(-1)).toBe(
        `${name}: expected the address of a ${server} server that answers, and lets us in (${code})`,
      );
      expect(bank.errorLines.join()).not.toContain('hunter2');
      await home.remove();
    },
    90_000,
  );

  it('stops the start of the bank with one line', async () => {
    const home = await newBankHome({ embedded: true });
    const bank = await BankProcess.prepare({ home, variables: { LOG_LEVEL: 'loud' } });
    expect(await bank.runToItsEnd()).toBe(1);
    expect(bank.errorLines).toEqual([
      'LOG_LEVEL: expected one of fatal, error, warn, info, debug, trace, silent',
    ]);
    await home.remove();
  }, 90_000);
});
