import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { integrityToken } from '@portcullis/nest/testing';
import type { DemoCredentials } from '../../src/demo/demo-credentials.js';
import { noteSecret } from '../support/log-book.js';
import type { Page } from './page.js';

export type Variables = Readonly<Record<string, string>>;

const READ_VARIABLE = /process\.env(?:\['(\w+)'\]|\.(\w+))/g;
const SCRIPTS = ['ts', 'js'];
/** What needs a server that a machine may not have: given where the test run has one. */
export const SERVERS = ['DATABASE_URL', 'REDIS_URL'] as const;

/** Names of the variables that a page's modules read. */
export function variablesReadBy({ blocks }: Page): Set<string> {
  const code = blocks.filter(({ language }) => SCRIPTS.includes(language)).map((block) => block.code);
  return new Set(
    [...code.join('\n').matchAll(READ_VARIABLE)].map(([, one, other]) => (one ?? other) as string),
  );
}

/** What every example has: a home of its own, and the repository's commands, as if they were installed. */
export function basicVariables(folder: string, port: number): Variables {
  const home = join(folder, 'home');
  const bin = join(folder, 'bin');
  for (const made of [home, bin]) mkdirSync(made, { recursive: true });
  // Into a pipe curl draws a bar, which nobody at a terminal sees.
  writeFileSync(join(home, '.curlrc'), 'silent\nshow-error\n');
  const tool = `#!/bin/sh\nexec '${process.execPath}' '${resolve('libs/cli/dist/main.js')}' "$@"\n`;
  writeFileSync(join(bin, 'portcullis'), tool, { mode: 0o755 });
  // It would install from the registry, and into the folder that all pages share.
  const refusal = '#!/bin/sh\necho "npm is not run: say skipped, and tested-by" >&2\nexit 1\n';
  for (const name of ['npm', 'npx']) writeFileSync(join(bin, name), refusal, { mode: 0o755 });
  const url = `http://127.0.0.1:${port}`;
  const path = [bin, resolve('node_modules/.bin'), process.env['PATH']].join(':');
  return { PATH: path, HOME: home, LANG: 'C.UTF-8', API: url, PUBLIC_ORIGIN: url, PORT: String(port) };
}

/** What the bank's demo prints, by the names that it prints, and what it keeps in its data folder. */
export function demoVariables(url: string, { dataDir, adminKey }: { dataDir: string; adminKey: string }) {
  const demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as DemoCredentials;
  for (const secret of [demo.signingSecret, demo.integritySecret, demo.password]) noteSecret(secret);
  const token = integrityToken({ appId: demo.appId, key: demo.integritySecret });
  return {
    API_ORIGIN: url,
    APP_ID: demo.appId,
    SIGNING_SECRET: demo.signingSecret,
    INTEGRITY_TOKEN: noteSecret(token),
    BANK: url,
    PORTCULLIS_URL: url,
    PORTCULLIS_ADMIN_KEY: adminKey,
    APP: demo.appId,
    SECRET: demo.signingSecret,
    INTEGRITY: demo.integritySecret,
    USERNAME: demo.username,
    PASSWORD: demo.password,
    ACCOUNT: demo.account,
    OTHER_ACCOUNT: demo.otherAccount,
  };
}

/** Whatever else a page reads is a secret of its own: 32 random bytes in base64, which every kind of secret may be. */
export function inventedVariables(page: Page, known: Variables): Variables {
  const missing = [...variablesReadBy(page)].filter(
    (name) => !(name in known) && !(SERVERS as readonly string[]).includes(name),
  );
  return Object.fromEntries(missing.map((name) => [name, noteSecret(randomBytes(32).toString('base64'))]));
}
