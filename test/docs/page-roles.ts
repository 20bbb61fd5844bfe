import { existsSync } from 'node:fs';
import type { Block, Page } from './page.js';
import { SERVERS } from './page-environment.js';

const OUTPUTS = ['json', 'text', 'http'];
const RUN = ['ts', 'js', 'sh', 'sql'];
const MAIN = /^\/\/ (?:[\w./-]+\/)?main\.ts\n/;
const ASKS_SERVER = /127\.0\.0\.1:3000|\b(?:API|API_ORIGIN|BANK|PORTCULLIS_URL)\b/;

/** `output`: what the block before it, or the command in its comment, has to print. */
export type Role = 'ts' | 'js' | 'sh' | 'sql' | 'output' | 'skipped';

/** What is done with a block, or what is wrong with it as it stands. */
export function roleOf(block: Block): Role | { readonly mistake: string } {
  const { language, options, mistakes, after } = block;
  if (mistakes.length > 0) return { mistake: mistakes.join('; ') };
  if (options.skipped !== undefined) return skippedBy(options['tested-by']);
  if (RUN.includes(language)) return language as Role;
  if (!OUTPUTS.includes(language))
    return { mistake: `there is no runner for ${language === '' ? 'a block without a language' : language}` };
  const comesOfCommand = options['output-of'] !== undefined;
  const comesOfBlock = after !== undefined && ['ts', 'js', 'sh', 'sql'].includes(after.language);
  return comesOfCommand || comesOfBlock
    ? 'output'
    : { mistake: 'nothing prints this: no block right before it, and no output-of' };
}

function skippedBy(test: string | undefined): Role | { readonly mistake: string } {
  if (test === undefined) return { mistake: 'skipped, and tested-by does not say what runs it instead' };
  return existsSync(test) ? 'skipped' : { mistake: `tested-by: there is no ${test}` };
}

export function blocksInRole(page: Page, role: Role): Block[] {
  return page.blocks.filter((block) => roleOf(block) === role);
}

/** Servers that the block reads the address of, and that this machine does not have. */
export function missingServers({ code }: Block): string[] {
  return SERVERS.filter((name) => code.includes(name) && process.env[name] === undefined);
}

/** The block that a page's own server is started from. */
export function mainOf(page: Page): Block | undefined {
  return blocksInRole(page, 'ts').find(({ code }) => MAIN.test(code));
}

/** Whether a page that has no server of its own asks one. */
export function asksTheBank(page: Page): boolean {
  if (mainOf(page)) return false;
  const run = page.blocks.filter((block) => roleOf(block) !== 'skipped');
  return run.some(
    ({ language, code, options }) =>
      language === 'sh' || ASKS_SERVER.test(code) || options['output-of'] !== undefined,
  );
}
