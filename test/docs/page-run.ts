import { writeFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import jestConfig from '../../jest.config.js';
import { newBankHome } from '../support/bank.js';
import { OwnRedisServer } from '../support/own-redis-server.js';
import type { DemoBank } from './demo-bank.js';
import { localised, type ExampleFile, type PageProject } from './examples-project.js';
import { outputFits } from './output.js';
import { PageApp } from './page-app.js';
import { basicVariables, inventedVariables, variablesReadBy, type Variables } from './page-environment.js';
import { asksTheBank, blocksInRole, mainOf, missingServers, roleOf } from './page-roles.js';
import type { Block, Page } from './page.js';
import { runCommand, type CommandResult } from './run-command.js';

const IS_TEST = /^(?:test|it|describe)\(/m;
const IMPORT = /from '(\.{1,2}\/[^']+)\.js'/g;
/** `--norc`: with a pipe for its input, bash takes itself for a remote shell and reads what others have set up. */
const SHELL = ['--norc', '-euo', 'pipefail'];
const MARK = '\u001e';
/** Without a database, a process refuses what was signed up to `maxAheadSeconds` after its start: readers are slower. */
const REPLAYS_KNOWN_MS = 11_000;

/** Everything that one page shows, done in the order of the page. What went wrong is kept by block. */
export class PageRun {
  private readonly mistakes = new Map<Block, string[]>();
  private readonly outputs = new Map<Block, string>();
  private readonly endings: (() => unknown)[] = [];
  private variables: Variables;
  private appStartedAt: number | undefined;

  private constructor(
    private readonly page: Page,
    private readonly project: PageProject,
    private readonly bank: DemoBank,
  ) {
    this.variables = basicVariables(project.folder, project.port);
  }

  static async of(page: Page, project: PageProject, bank: DemoBank): Promise<PageRun> {
    const run = new PageRun(page, project, bank);
    try {
      for (const block of page.blocks) run.judge(block);
      await run.startServers();
      await run.runShell();
      await run.runModules();
      await run.runSql();
      await run.compareOutputs();
    } finally {
      for (const end of run.endings.toReversed()) await end();
    }
    return run;
  }

  mistakesOf(block: Block): readonly string[] {
    return this.mistakes.get(block) ?? [];
  }

  private note(block: Block, mistake: string): void {
    this.mistakes.set(block, [...this.mistakesOf(block), mistake]);
  }

  private judge(block: Block): void {
    const role = roleOf(block);
    if (typeof role !== 'string') this.note(block, role.mistake);
    const file = this.project.files.find((one) => one.block === block);
    for (const error of file?.errors ?? []) this.note(block, error);
  }

  private get main(): ExampleFile | undefined {
    const main = mainOf(this.page);
    return this.project.files.find(({ block }) => block === main);
  }

  private async startServers(): Promise<void> {
    const read = variablesReadBy(this.page);
    if (read.has('DATABASE_URL') && process.env['DATABASE_URL'] !== undefined) {
      const home = await newBankHome();
      this.endings.push(() => home.remove());
      this.add({ DATABASE_URL: home.variables['DATABASE_URL'] as string });
    }
    if (read.has('REDIS_URL') && process.env['REDIS_URL'] !== undefined) {
      const redis = await OwnRedisServer.start();
      this.endings.push(() => redis.end());
      this.add({ REDIS_URL: redis.url });
    }
    if (asksTheBank(this.page)) this.add(await this.bank.variables());
    this.add(inventedVariables(this.page, this.variables));
    if (this.main) await this.startApp(this.main);
  }

  private add(more: Variables): void {
    this.variables = { ...this.variables, ...more };
  }

  private async startApp({ block, compiled }: ExampleFile): Promise<void> {
    try {
      const url = this.variables['API'] as string;
      const app = await PageApp.start({
        main: compiled,
        cwd: this.project.folder,
        env: this.variables,
        url,
      });
      this.endings.push(() => app.stop());
      this.appStartedAt = performance.now();
    } catch (error) {
      this.note(block, (error as Error).message);
    }
  }

  private async runModules(): Promise<void> {
    const imported = this.main ? this.importedNames() : new Set<string>();
    for (const file of this.project.files) {
      const { block, name } = file;
      if (file === this.main || imported.has(name) || missingServers(block).length > 0) continue;
      if (file.errors.length > 0) continue;
      await this.untilReplaysAreKnown();
      this.keep(block, await (IS_TEST.test(block.code) ? this.runTest(file) : this.runExample(file)));
    }
  }

  private async untilReplaysAreKnown(): Promise<void> {
    if (this.appStartedAt !== undefined)
      await delay(Math.max(0, this.appStartedAt + REPLAYS_KNOWN_MS - performance.now()));
  }

  /** Files that another one of the page imports, and that are run with it. */
  private importedNames(): Set<string> {
    return new Set(
      this.project.files.flatMap(({ name, block }) =>
        [...block.code.matchAll(IMPORT)].map(([, path]) =>
          posix.join(posix.dirname(name), `${path as string}.ts`),
        ),
      ),
    );
  }

  private runExample({ compiled, block }: ExampleFile): Promise<CommandResult> {
    return this.command(process.execPath, [this.project.bootExample, compiled, block.code]);
  }

  /** By the runner that its readers have, set up as for this repository's own tests. */
  private runTest({ compiled }: ExampleFile): Promise<CommandResult> {
    const { transform, transformIgnorePatterns, moduleFileExtensions } = jestConfig;
    const swc = resolve('node_modules/@swc/jest');
    const config = {
      rootDir: this.project.folder,
      transform: JSON.parse(JSON.stringify(transform).replaceAll('@swc/jest', swc)) as unknown,
      transformIgnorePatterns,
      moduleFileExtensions,
      testMatch: [compiled],
    };
    const jest = resolve('node_modules/jest/bin/jest.js');
    return this.command(process.execPath, [jest, '--config', JSON.stringify(config), '--runInBand']);
  }

  private command(program: string, args: readonly string[], input = ''): Promise<CommandResult> {
    return runCommand({ program, args, cwd: this.project.folder, env: this.variables, input });
  }

  private keep(block: Block, { exitCode, stdout, output }: CommandResult): void {
    this.outputs.set(block, stdout);
    const expected = Number(block.options.exit ?? 0);
    if (exitCode !== expected) this.note(block, `ended with ${exitCode}: ${output}`);
  }

  /** One shell for the whole page, as a reader has: what a block sets, the next one uses. */
  private async runShell(): Promise<void> {
    const blocks = blocksInRole(this.page, 'sh');
    if (blocks.length === 0) return;
    const script = blocks.map((block) => {
      const path = join(this.project.folder, `line-${block.line}.sh`);
      writeFileSync(path, localised(block.code, this.project.port));
      const run = `. '${path}'`;
      const { exit } = block.options;
      const checked = exit === undefined ? run : `set +e; ( set -e; ${run} ); [ $? = ${exit} ]; set -e`;
      return `${checked}\nprintf '${MARK}'`;
    });
    const options = [...SHELL, '-c', `exec 2>&1\n${script.join('\n')}`];
    const { exitCode, stdout } = await this.command('bash', options);
    const parts = stdout.split(MARK);
    for (const [at, block] of blocks.entries()) {
      this.outputs.set(block, parts[at] ?? '');
      if (at < parts.length - 1) continue;
      const why =
        at > parts.length - 1 ? 'a block before it failed' : `failed with ${exitCode}: ${parts[at]}`;
      this.note(block, why);
    }
  }

  private async runSql(): Promise<void> {
    for (const block of blocksInRole(this.page, 'sql'))
      this.keep(block, await this.command(process.execPath, [this.project.runSql], block.code));
  }

  private async compareOutputs(): Promise<void> {
    for (const block of blocksInRole(this.page, 'output')) {
      const command = block.options['output-of'];
      const printed =
        command === undefined
          ? (this.outputs.get(block.after as Block) ?? '')
          : (await this.command('bash', [...SHELL, '-c', command])).output;
      const expected = localised(block.code, this.project.port);
      if (!outputFits(block.language, expected, printed)) this.note(block, `printed otherwise: ${printed}`);
    }
  }
}
