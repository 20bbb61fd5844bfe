import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DemoBank } from './demo-bank.js';
import { ExamplesProject } from './examples-project.js';
import { outputFits } from './output.js';
import { PageRun } from './page-run.js';
import { readPage, type Page } from './page.js';

/** A page of blocks: an info string (with the comment before it, if any) and code. */
function pageOf(
  name: string,
  ...blocks: readonly (readonly [language: string, code: string, comment?: string])[]
) {
  const text = blocks.map(
    ([language, code, comment = '']) => `${comment}\n\n\`\`\`${language}\n${code}\n\`\`\`\n`,
  );
  return readPage(name, text.join('\n'));
}

const CONTROLLER = `import { Controller, Get, Module } from '@nestjs/common';
import { PortcullisModule } from '@portcullis/nest';
@Controller('orders')
class OrdersController {
  @Get()
  list() {
    return [];
  }
}
@Module({
  imports: [PortcullisModule.forRoot({ publicOrigins: ['http://127.0.0.1'], apps: [] })],
  controllers: [OrdersController],
})
export class AppModule {}`;
const MAIN = `// main.ts
import { NestFactory } from '@nestjs/core';
import { usePortcullis } from '@portcullis/nest';
import { AppModule } from './app.module.js';
const app = await NestFactory.create(AppModule, { bodyParser: false, logger: false, abortOnError: false });
usePortcullis(app);
await app.listen(process.env['PORT'] ?? 3000);`;

const WRONG = {
  modules: pageOf(
    'wrong-modules.md',
    ['ts', "import { NoSuchThing } from '@portcullis/nest';\nconsole.log(NoSuchThing);"],
    ['ts', "throw new Error('does not work');"],
    ['ts', CONTROLLER],
    ['js', "import { NoSuchThing } from '@portcullis/nest';"],
    ['ts', "test('adds', () => expect(1 + 1).toBe(3));"],
    ['ts', "console.log('one');\nexport {};"],
    ['text', 'two'],
    ['sql', 'SELECT nothing FROM nowhere;'],
  ),
  application: pageOf('wrong-application.md', ['ts', `// app.module.ts\n${CONTROLLER}`], ['ts', MAIN]),
  shell: pageOf(
    'wrong-shell.md',
    ['sh', 'curl -s -o /dev/null -w "%{http_code}" "$BANK/branches"'],
    ['text', '200'],
    ['sh', 'curl -s "$BANK/branches" | jq -e .code'],
    ['json', '"app_key_invalid"'],
    ['sh', 'echo "$NOT_SET"'],
    ['sh', 'echo never'],
  ),
  marks: pageOf(
    'wrong-marks.md',
    ['cobol', 'STOP RUN.'],
    ['', 'no language'],
    ['json', '{}'],
    ['sh', 'true', '<!-- example: skiped="a slip" -->'],
    ['sh', 'true', '<!-- example: skipped="because" -->'],
    ['sh', 'true', '<!-- example: skipped="because" tested-by="test/none.spec.ts" -->'],
  ),
} satisfies Record<string, Page>;

describe('The runner of examples', () => {
  let bank: DemoBank;
  let project: ExamplesProject;
  beforeAll(async () => {
    bank = await DemoBank.prepare();
    project = await ExamplesProject.compile(Object.values(WRONG), bank.port);
  }, 120_000);
  afterAll(async () => {
    project.remove();
    await bank.remove();
  });

  /** By block, the beginning of what is said against it. */
  const complaints = async (page: Page): Promise<string[]> => {
    const run = await PageRun.of(page, project.of(page), bank);
    return page.blocks.map((block) => run.mistakesOf(block).join(' '));
  };

  it('refuses modules that are not typed, throw, do not start, or print otherwise', async () => {
    expect(await complaints(WRONG.modules)).toEqual([
      expect.stringContaining("has no exported member 'NoSuchThing'"),
      expect.stringContaining('does not work'),
      expect.stringContaining('GET /orders'),
      expect.stringContaining('NoSuchThing'),
      expect.stringContaining('Expected: 3'),
      '',
      expect.stringContaining('printed otherwise: one'),
      expect.stringContaining('nowhere'),
    ]);
  }, 240_000);

  it('refuses an application that does not start', async () => {
    const [, main] = await complaints(WRONG.application);
    expect(main).toMatch(/the application does not start: [^]*GET \/orders/);
  }, 60_000);

  it('refuses shell lines that fail, and those that print otherwise', async () => {
    expect(await complaints(WRONG.shell)).toEqual([
      '',
      expect.stringContaining('printed otherwise: 401'),
      '',
      expect.stringContaining('printed otherwise: "app_key_missing"'),
      expect.stringContaining('NOT_SET: unbound variable'),
      'a block before it failed',
    ]);
  }, 60_000);

  it('refuses what it cannot run, and exceptions that nothing stands for', async () => {
    expect(await complaints(WRONG.marks)).toEqual([
      'there is no runner for cobol',
      'there is no runner for a block without a language',
      expect.stringContaining('nothing prints this'),
      'there is no option skiped',
      expect.stringContaining('tested-by does not say'),
      'tested-by: there is no test/none.spec.ts',
    ]);
  }, 60_000);

  it('leaves no folder and no server behind', async () => {
    const { folder, port } = project.of(WRONG.shell);
    project.remove();
    await bank.remove();
    expect(existsSync(dirname(folder))).toBe(false);
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed');
  });
});

describe('An output fits', () => {
  it.each([
    ['json', '{ "a": 1, "b": "x…" }', '{"b":"xyz","a":1}', true],
    ['json', '{ "a": 1 }', '{"a":1,"b":2}', false],
    ['json', '{ "a": 1, "…": "…" }', '{"a":1,"b":2}', true],
    ['json', '[1, "…"]', '[1,2,3]', true],
    ['json', '[1, "…"]', '[2]', false],
    ['json', '{ "a": "1" }', '{"a":1}', false],
    ['text', 'one\n…\nlast', 'one\ntwo\nthree\nlast\n', true],
    ['text', 'one\nlast', 'one\ntwo\nlast', false],
    ['text', 'a.c', 'abc', false],
    ['http', 'HTTP/1.1 200 OK\nX-A: 1', 'HTTP/1.1 200 OK\r\nx-b: 2\r\nx-a: 1\r\n\r\nbody', true],
    ['http', 'HTTP/1.1 200 OK\nX-A: 1', 'HTTP/1.1 200 OK\r\nx-a: 2\r\n\r\nbody', false],
    ['http', 'HTTP/1.1 200 OK\n\n{ "a": 1 }', 'HTTP/1.1 200 OK\r\n\r\n{"a":2}', false],
  ])('%s: %j, %j: %s', (language, expected, actual, fits) => {
    expect(outputFits(language, expected, actual)).toBe(fits);
  });
});
