import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** It takes seconds to start, and longer where other suites keep the machine busy. */
jest.setTimeout(90_000);

const isThere = existsSync(CHROMIUM);
if (!isThere) process.stdout.write(`Chromium: skipped, ${CHROMIUM} is not there\n`);

/** For suites that need a browser: skipped, and said to be, where there is none. */
export const describeInChromium = isThere ? describe : describe.skip;

/** A browser that knows nobody, and is forgotten afterwards. */
export async function openBrowser(): Promise<{ browser: BrowserContext; close(): Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: ARGUMENTS,
  });
  return {
    browser,
    async close() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
