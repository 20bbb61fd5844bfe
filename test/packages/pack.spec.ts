import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import {
  entriesOf,
  FOLDERS,
  folderOf,
  manifestOf,
  newFolder,
  pack,
  provide,
  unpack,
  type Folder,
  type Packed,
} from './packages.js';

const run = promisify(execFile);
const ALLOWED = /^(package\.json|README\.md|LICENSE|(dist|src)\/.+)$/;
const TEST_CODE = /from '(@nestjs\/testing|supertest|@?jest)/;

/** What an entry of @portcullis/nest asks a host for, beside Nest itself. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  '@portcullis/nest/typeorm': ['typeorm', 'pg'],
  '@portcullis/nest/redis': ['ioredis'],
  '@portcullis/nest/passport': ['@nestjs/passport', 'passport', 'passport-custom', 'passport-http-bearer'],
};

/** What a host that is written in TypeScript installs with them, for they bring no types. */
const TYPES_OF_OTHERS: Readonly<Record<string, readonly string[]>> = {
  '@portcullis/nest/passport': ['@types/passport', '@types/passport-http-bearer'],
};

const entries = FOLDERS.flatMap((folder) =>
  entriesOf(manifestOf(folder)).map((entry) => ({ ...entry, folder, needed: NEEDED[entry.specifier] ?? [] })),
);

describe('the packages, as npm packs them', () => {
  const packs = newFolder();
  const packed = new Map<Folder, Packed>();
  beforeAll(async () => {
    const all = await Promise.all(
      FOLDERS.map(async (folder) => [folder, await pack(folder, packs.path)] as const),
    );
    for (const [folder, one] of all) packed.set(folder, one);
  });
  afterAll(packs.remove);

  /** A folder where a package is installed with what it depends on, and of its optional peers only what is named. */
  function installed(folder: Folder, optional: readonly string[]) {
    const home = newFolder();
    const known = new Map([...packed.values()].map((one) => [one.manifest.name, one]));
    const own = packed.get(folder) as Packed;
    const { dependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = own.manifest;
    const demanded = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    const others = [...Object.keys(dependencies), ...demanded, ...optional];
    for (const one of [own, ...others.flatMap((name) => known.get(name) ?? [])]) unpack(one, home.path);
    provide(
      others.filter((name) => !known.has(name)),
      { folder, home: home.path },
    );
    return home;
  }

  it.each(FOLDERS)('%s holds code, types, sources, the licence and a page, and no tests', (folder) => {
    const { files } = packed.get(folder) as Packed;
    expect(files.filter((file) => !ALLOWED.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const texts = files.map((file) => [file, readFileSync(join(folderOf(folder), file), 'utf8')] as const);
    const isCode = (file: string) => /\.(js|ts)$/.test(file);
    expect(files.filter((file) => /\.spec\.|tsbuildinfo/.test(file))).toEqual([]);
    expect(
      texts.filter(([file, text]) => isCode(file) && TEST_CODE.test(text)).map(([file]) => file),
    ).toEqual([]);
    expect(readFileSync(join(folderOf(folder), 'LICENSE'))).toEqual(readFileSync(resolve('LICENSE')));
  });

  it.each(FOLDERS)(
    '%s has nothing built of a source that is gone, and maps that lead to what is there',
    (folder) => {
      const { files } = packed.get(folder) as Packed;
      const has = new Set(files);
      const built = files.filter((file) => file.startsWith('dist/') && !file.endsWith('.map'));
      const sourceOf = (file: string) => file.replace('dist/', 'src/').replace(/(\.d\.ts|\.js)$/, '.ts');
      // `npm run clean` removes what an earlier build left.
      expect(built.filter((file) => !has.has(sourceOf(file)))).toEqual([]);
      const astray = files
        .filter((file) => file.endsWith('.map'))
        .filter((file) => {
          const { sources } = JSON.parse(readFileSync(join(folderOf(folder), file), 'utf8')) as {
            sources: string[];
          };
          return sources.some((source) => !has.has(join(dirname(file), source)));
        });
      expect(astray).toEqual([]);
    },
  );

  it.each(FOLDERS)(
    '%s is ESM under the licence of the repository, and each entry has its file and its types',
    (folder) => {
      const { manifest, files } = packed.get(folder) as Packed;
      expect(manifest).toMatchObject({ type: 'module', license: 'Apache-2.0' });
      const named = [
        ...entriesOf(manifest).flatMap(({ types, code }) => [types, code]),
        ...Object.values(manifest.bin ?? {}),
      ];
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((file) => !files.includes(file.replace('./', '')))).toEqual([]);
    },
  );

  it('asks of every host for Nest alone, and for anything else of whoever imports the entry that needs it', () => {
    const { peerDependencies = {}, peerDependenciesMeta = {} } = manifestOf('nest');
    const demanded = Object.keys(peerDependencies).filter((name) => !peerDependenciesMeta[name]?.optional);
    expect(demanded).toEqual(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'rxjs']);
    const wanted = [...Object.values(NEEDED).flat(), '@electric-sql/pglite'];
    expect(Object.keys(peerDependenciesMeta).toSorted()).toEqual(wanted.toSorted());
  });

  it.each(entries)(
    '$specifier loads in a plain process with only $needed beside it',
    async ({ specifier, folder, needed }) => {
      const home = installed(folder, needed);
      const program = `const names = Object.keys(await import('${specifier}')); console.log(names.length)`;
      const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
        cwd: home.path,
      });
      expect(stderr).toBe('');
      expect(Number(stdout)).toBeGreaterThan(0);
      home.remove();
    },
  );

  it.each(entries)(
    '$specifier has types that hold with only $needed beside it',
    ({ specifier, folder, needed }) => {
      const home = installed(folder, [...needed, ...(TYPES_OF_OTHERS[specifier] ?? [])]);
      expect(mistakesInTypes(home.path, specifier)).toEqual([]);
      home.remove();
    },
  );

  it.each(entries.filter(({ needed }) => needed.length > 0))(
    '$specifier names the package that is missing',
    async ({ specifier, folder, needed }) => {
      const home = installed(folder, []);
      const load = run(process.execPath, ['--input-type=module', '-e', `await import('${specifier}')`], {
        cwd: home.path,
      });
      await expect(load).rejects.toThrow(new RegExp(`Cannot find package '(${needed.join('|')})'`));
      home.remove();
    },
  );

  it('the command-line tool runs with what it depends on alone', async () => {
    const home = installed('cli', []);
    const { bin = {} } = manifestOf('cli');
    const file = join(home.path, 'node_modules/@portcullis/cli', bin['portcullis'] as string);
    expect(existsSync(file)).toBe(true);
    const { stdout } = await run(process.execPath, [file, '--help']);
    expect(stdout).toContain('Usage: portcullis');
    home.remove();
  });
});

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  types: ['node'],
  typeRoots: [resolve('node_modules/@types')],
};

/** Reads what lies outside the folders of single tests once for all of them. */
function compilerHost(read: Map<string, ts.SourceFile | undefined>): ts.CompilerHost {
  const host = ts.createCompilerHost(OPTIONS);
  const getSourceFile = host.getSourceFile.bind(host);
  host.getSourceFile = (name, ...how) => {
    if (!read.has(name)) read.set(name, getSourceFile(name, ...how));
    return read.get(name);
  };
  return host;
}

const host = compilerHost(new Map());

/** Looks into every file of ours that the entry reaches; other packages' types are their own affair. */
function mistakesInTypes(home: string, specifier: string): string[] {
  const file = join(home, 'host.mts');
  writeFileSync(file, `export * from '${specifier}';\n`);
  const program = ts.createProgram([file], OPTIONS, host);
  return program
    .getSourceFiles()
    .filter(({ fileName }) => fileName === file || fileName.includes('/@portcullis/'))
    .flatMap((source) => program.getSemanticDiagnostics(source))
    .map(
      ({ file: at, messageText }) => `${at?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
}
