import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as Axe from 'axe-core';
import type { Page } from 'playwright-core';

const AXE = readFileSync(resolve('node_modules/axe-core/axe.min.js'), 'utf8');

/** Runs in the page: what axe finds, by rule and place. What it could not decide counts as well. */
async function inspectInPage(): Promise<string[]> {
  const { axe } = globalThis as unknown as { axe: typeof Axe };
  const { violations, incomplete } = await axe.run({ rules: { 'target-size': { enabled: true } } });
  return [...violations, ...incomplete].flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
}

/** Brings axe into the document that is shown now. It goes around the document's policy, as a reader's tools do. */
export async function bringAxe(page: Page): Promise<void> {
  await page.evaluate(AXE);
}

/** What axe, once it was brought, finds in the page as it looks now. */
export function findFaults(page: Page): Promise<string[]> {
  return page.evaluate(inspectInPage);
}
