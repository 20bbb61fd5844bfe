import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplicationContext } from '@nestjs/common';
import { registerDemo, type DemoCredentials } from './demo-credentials.js';
import { demoLines } from './demo-lines.js';

/**
 * Lines to try the bank with. Their credentials are kept in the data folder, readable by its owner alone, for secrets are
 * shown once and a second start shall print the same lines. Undefined when the demo was registered from another folder.
 */
export async function demoFor(
  bank: INestApplicationContext,
  { url, dataDir }: { readonly url: string; readonly dataDir: string },
): Promise<string | undefined> {
  const path = join(dataDir, 'demo.json');
  if (!existsSync(path)) {
    // First: what is registered and cannot be kept would be lost, and its names taken.
    mkdirSync(dataDir, { recursive: true });
    const registered = await registerDemo(bank);
    if (!registered) return undefined;
    writeFileSync(path, JSON.stringify(registered), { mode: 0o600 });
  }
  return demoLines(url, JSON.parse(readFileSync(path, 'utf8')) as DemoCredentials);
}
