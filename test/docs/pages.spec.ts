import { DemoBank } from './demo-bank.js';
import { ExamplesProject } from './examples-project.js';
import { asksTheBank, missingServers } from './page-roles.js';
import { PageRun } from './page-run.js';
import { allPages, type Block, type Page } from './page.js';

/** How many blocks cannot run as they stand. Each says why, and which test does what it says. */
const EXCEPTIONS = 12;

const everyPage = allPages();
/** All of them, or the one that its writer asks for. */
const pages = everyPage.filter(
  ({ path, blocks }) => blocks.length > 0 && (process.env['PAGE'] ?? path) === path,
);
const blocks = pages.flatMap((page) => page.blocks);

for (const name of new Set(blocks.flatMap(missingServers)))
  process.stdout.write(`Examples that need ${name}: skipped, it is not set\n`);

/** Most of a page's time is waited, for servers to start. */
const PAGES_AT_ONCE = 3;

let bank: DemoBank;
let project: ExamplesProject;
const runs = new Map<Page, PageRun>();
beforeAll(async () => {
  bank = await DemoBank.prepare();
  const started = pages.some(asksTheBank) && bank.variables();
  project = await ExamplesProject.compile(pages, bank.port);
  await started;
  const waiting = [...pages];
  const runAll = async (): Promise<void> => {
    for (let page = waiting.shift(); page; page = waiting.shift())
      runs.set(page, await PageRun.of(page, project.of(page), bank));
  };
  await Promise.all(Array.from({ length: PAGES_AT_ONCE }, runAll));
}, 480_000);
afterAll(async () => {
  project?.remove();
  await bank.remove();
});

const title = ({ language, line, code }: Block): string =>
  `line ${line}, ${language}: ${code.split('\n', 1)[0]}`;

describe.each(pages.map((page) => [page.path, page] as const))('what %s shows works', (_path, page) => {
  for (const block of page.blocks) {
    const check = missingServers(block).length > 0 ? it.skip : it;
    check(title(block), () => expect(runs.get(page)?.mistakesOf(block)).toEqual([]));
  }
});

it('as many blocks are exceptions as are counted', () => {
  const skipped = everyPage
    .flatMap((page) => page.blocks)
    .filter(({ options }) => options.skipped !== undefined);
  expect(skipped.map(({ options }) => options)).toHaveLength(EXCEPTIONS);
});
