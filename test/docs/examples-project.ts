import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort } from '../support/bank.js';
import { mainOf } from './page-roles.js';
import type { Block, Page } from './page.js';

/** What a page says where it means its own server. */
const WRITTEN_ADDRESS = '127.0.0.1:3000';
/** Compiled beside the examples, because they need the packages as these do. */
const PROGRAMS = ['boot-example', 'run-sql'];
const FILE_NAME = /^\/\/ ([\w./-]+\.[tj]s)$/;
const TYPESCRIPT = resolve('node_modules/typescript/bin/tsc');
const DIAGNOSTIC = /^(\S+?)\((\d+),\d+\): error (.*)$/;

/** As in a reader's own project; the packages are found where they are installed, as they are published. */
const COMPILER_OPTIONS = {
  target: 'ES2023',
  lib: ['ES2023', 'DOM'],
  module: 'NodeNext',
  moduleResolution: 'NodeNext',
  strict: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  skipLibCheck: true,
  types: ['node', 'jest'],
};

/** A block of a page that is an ES module: TypeScript, or JavaScript, which is not type-checked. */
export interface ExampleFile {
  readonly block: Block;
  /** As its first line says, or one of no meaning. */
  readonly name: string;
  /** Where it was compiled to. */
  readonly compiled: string;
  readonly errors: readonly string[];
}

/** A page's folder in the project, and the port that its server has instead of 3000: its own one, or the bank. */
export interface PageProject {
  readonly folder: string;
  readonly port: number;
  readonly files: readonly ExampleFile[];
  /** The compiled programs that try examples. */
  readonly bootExample: string;
  readonly runSql: string;
}

/** All TypeScript of some pages in one temporary project: compiled at once, for most of the time goes into the types of others. */
export class ExamplesProject {
  private constructor(
    private readonly root: string,
    private readonly pages: ReadonlyMap<Page, PageProject>,
  ) {}

  /** A page that brings no server has the one at `bankPort`. */
  static async compile(pages: readonly Page[], bankPort: number): Promise<ExamplesProject> {
    const root = mkdtempSync(join(tmpdir(), 'portcullis-docs-'));
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(root, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));
    for (const name of PROGRAMS) copyFileSync(resolve(`test/docs/${name}.ts`), join(root, `${name}.ts`));
    const places = new Map<Page, { folder: string; port: number }>();
    for (const page of pages) {
      const folder = join(root, page.path.replaceAll(/[^\w]+/g, '-'));
      const port = mainOf(page) ? await freePort() : bankPort;
      places.set(page, { folder, port });
      writeFiles(page, folder, port);
    }
    const errors = await compile(root);
    const [bootExample = '', runSql = ''] = PROGRAMS.map((name) => join(root, `${name}.js`));
    const projects = [...places].map(([page, place]): [Page, PageProject] => [
      page,
      { ...place, bootExample, runSql, files: filesOf(page, place.folder, errors) },
    ]);
    return new ExamplesProject(root, new Map(projects));
  }

  of(page: Page): PageProject {
    const project = this.pages.get(page);
    if (!project) throw new TypeError(`${page.path} was not compiled`);
    return project;
  }

  /** Leaves nothing behind. */
  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The page's code, of which the address is the one that its server has here. */
export function localised(code: string, port: number): string {
  return code.replaceAll(WRITTEN_ADDRESS, `127.0.0.1:${port}`);
}

function modulesOf(page: Page): { block: Block; name: string }[] {
  return page.blocks
    .filter(({ language, options }) => ['ts', 'js'].includes(language) && options.skipped === undefined)
    .map((block) => {
      const [, name] = FILE_NAME.exec(block.code.split('\n', 1)[0] as string) ?? [];
      return { block, name: name ?? `line-${block.line}.${block.language}` };
    });
}

function writeFiles(page: Page, folder: string, port: number): void {
  mkdirSync(folder);
  for (const { name, block } of modulesOf(page)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    // A module, even where it imports and exports nothing: two scripts would share their names.
    writeFileSync(path, `${localised(block.code, port)}\nexport {};\n`);
  }
}

/** Errors by file. */
async function compile(root: string): Promise<Map<string, string[]>> {
  const child = spawn(process.execPath, [TYPESCRIPT, '-p', '.', '--pretty', 'false'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const errors = new Map<string, string[]>();
  let file = '';
  for (const line of (await text(child.stdout)).split('\n').filter((each) => each !== '')) {
    const [, path, at, message] = DIAGNOSTIC.exec(line) ?? [];
    if (path !== undefined) file = join(root, path);
    const said = path === undefined ? line.trim() : `line ${at} of the block: ${message}`;
    errors.set(file, [...(errors.get(file) ?? []), said]);
  }
  return errors;
}

function filesOf(page: Page, folder: string, errors: ReadonlyMap<string, string[]>): ExampleFile[] {
  return modulesOf(page).map(({ block, name }) => ({
    block,
    name,
    compiled: join(folder, name.replace(/\.ts$/, '.js')),
    errors: errors.get(join(folder, name)) ?? [],
  }));
}
