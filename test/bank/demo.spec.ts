import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { demoFor } from '../../src/demo/demo.js';
import { newBankHome, startBank, type BankHome } from '../support/bank.js';
import { BankProcess } from '../support/bank-process.js';
import { ADAPTERS } from '../support/host-app.js';
import { noteSecret } from '../support/log-book.js';

/** Pastes lines into a shell: statuses and codes of the answers, in order. */
function paste(lines: readonly string[]): string[] {
  const script = lines.join('\n').replaceAll('curl -i ', 'curl -s -i ');
  const { stdout, stderr, status } = spawnSync('bash', ['-u'], { input: script, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split(/^HTTP\/1\.1 /m).flatMap((answer) => {
    const code = /"code":"(\w+)"/.exec(answer)?.[1];
    return answer === '' ? [] : [[answer.slice(0, 3), code].filter(Boolean).join(' ')];
  });
}

describe.each(ADAPTERS)('the lines that the sample prints, on %s', (adapter) => {
  let home: BankHome;
  let bank: BankProcess;
  beforeAll(async () => {
    home = await newBankHome({ embedded: true });
    bank = await BankProcess.start({ home, variables: { HTTP_ADAPTER: adapter } });
  }, 90_000);
  afterAll(async () => {
    await bank.stop();
    await home.remove();
  });

  const printed = () =>
    bank.outputLines.slice(bank.outputLines.findLastIndex((line) => line.startsWith('The')) + 1);

  it('show every layer refuse and admit', () => {
    for (const [, secret = ''] of printed()
      .join('\n')
      .matchAll(/(?:SECRET|INTEGRITY)='([^']+)'/g))
      noteSecret(secret);
    expect(paste(printed())).toEqual([
      '401 app_key_missing',
      '401 app_key_invalid',
      '200',
      '401 integrity_token_missing',
      '401 user_token_missing',
      '401 user_token_invalid',
      '200',
      '401 signature_missing',
      '201',
      '401 signature_replayed',
      '403 insufficient_scope',
    ]);
  });

  it('are kept in a folder that was not there before', async () => {
    const other = await startBank(adapter);
    const dataDir = join(dirname(home.variables['DATA_DIR'] as string), `demo-${randomUUID()}`, 'data');
    const place = { url: other.url, dataDir };
    const lines = await demoFor(other.app, place);
    expect(lines).toContain(other.url);
    expect(await demoFor(other.app, place)).toBe(lines);
    await other.stop();
    rmSync(dirname(dataDir), { recursive: true });
  });

  it('end the bank when they cannot be told', async () => {
    const broken = await newBankHome({ embedded: true });
    writeFileSync(join(broken.variables['DATA_DIR'] as string, 'demo.json'), '');
    const ending = await BankProcess.prepare({ home: broken, variables: { HTTP_ADAPTER: adapter } });
    expect(await ending.runToItsEnd(45_000)).toBe(1);
    await broken.remove();
  }, 60_000);

  it('are the same at the next start', async () => {
    const before = printed();
    expect(await bank.stop()).toBe(0);
    await bank.run();
    expect(printed()).toEqual(before);
  }, 60_000);
});
