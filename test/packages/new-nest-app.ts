import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../support/bank.js';
import { noteLog } from '../support/log-book.js';

const run = promisify(execFile);
const NEST = resolve('node_modules/@nestjs/cli/bin/nest.js');
/** Its tsconfig.json names the types of vitest. */
const NEEDED_TO_BUILD = /^(@nestjs\/(cli|schematics)|@types\/.+|typescript|vitest)$/;
const START_TIMEOUT_MS = 60_000;
const LOOK_AGAIN_MS = 100;

export interface RunningHost {
  readonly url: string;
  stop(): Promise<void>;
}

/** An application that `nest new` has made outside of this repository, with packages of its own from the registry. */
export class NewNestApp {
  private constructor(
    private readonly folder: string,
    private readonly generated: ReadonlyMap<string, readonly string[]>,
  ) {}

  static registryAnswers(): boolean {
    const { status } = spawnSync('npm', [
      'view',
      'zod',
      'version',
      '--fetch-retries=0',
      '--fetch-timeout=10000',
    ]);
    return status === 0;
  }

  static async generate(parent: string): Promise<NewNestApp> {
    const options = ['--skip-git', '--skip-install', '--package-manager', 'npm'];
    await run(process.execPath, [NEST, 'new', 'host', ...options], { cwd: parent });
    const folder = join(parent, 'host');
    return new NewNestApp(folder, sourcesOf(folder));
  }

  /** Its linters, its test runner's coverage and the like are left out: nothing here runs them. */
  private dropUnused(): void {
    const file = join(this.folder, 'package.json');
    const manifest = JSON.parse(readFileSync(file, 'utf8')) as { devDependencies: Record<string, string> };
    for (const name of Object.keys(manifest.devDependencies))
      if (!NEEDED_TO_BUILD.test(name)) delete manifest.devDependencies[name];
    writeFileSync(file, JSON.stringify(manifest, null, 2));
  }

  /** What its package.json names, and further packages, by name or tarball. */
  async install(packages: readonly string[]): Promise<void> {
    this.dropUnused();
    await run('npm', ['install', ...packages, '--prefer-offline', '--no-audit', '--no-fund'], {
      cwd: this.folder,
    });
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.folder, 'src', file), text);
  }

  /** Lines of a file that are not blank and were not generated, imports and closing brackets among them. */
  linesAdded(file: string, { generatedAs = file } = {}): string[] {
    const left = [...(this.generated.get(generatedAs) ?? [])];
    return (sourcesOf(this.folder).get(file) ?? []).filter((line) => {
      const at = left.indexOf(line);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
  }

  /** With the compiler and the settings that it was generated with. */
  async build(): Promise<void> {
    await run('npm', ['run', 'build'], { cwd: this.folder });
  }

  /** Starts what was built, in a process of its own. */
  async start(main: string, variables: Readonly<Record<string, string>>): Promise<RunningHost> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, PORT: String(port), ORIGIN: url, ...variables };
    const child = spawn(process.execPath, [join('dist', main)], { cwd: this.folder, env });
    const said: string[] = [];
    const hear = (chunk: Buffer) => {
      said.push(String(chunk));
      noteLog(String(chunk));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await fetch(url).catch(() => undefined))) {
      if (child.exitCode !== null || performance.now() > deadline) throw new Error(said.join(''));
      await delay(LOOK_AGAIN_MS);
    }
    return {
      url,
      async stop() {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      },
    };
  }
}

/** Lines that are not blank, by file. */
function sourcesOf(folder: string): Map<string, string[]> {
  const sources = join(folder, 'src');
  return new Map(
    readdirSync(sources).map((file) => {
      const lines = readFileSync(join(sources, file), 'utf8').split('\n');
      return [file, lines.map((line) => line.trim()).filter((line) => line !== '')];
    }),
  );
}
