import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = resolve(__dirname, '../..');

export const FOLDERS = ['wire', 'nest', 'client', 'cli'] as const;
export type Folder = (typeof FOLDERS)[number];

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly type: string;
  readonly license: string;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional: boolean }>>;
}

export interface Packed {
  readonly manifest: Manifest;
  /** Paths of the files in it. */
  readonly files: readonly string[];
  readonly tarball: string;
}

export function folderOf(folder: Folder): string {
  return join(ROOT, 'libs', folder);
}

export function manifestOf(folder: Folder): Manifest {
  return JSON.parse(readFileSync(join(folderOf(folder), 'package.json'), 'utf8')) as Manifest;
}

/** What may be imported, by its name: `@portcullis/nest/redis` and the file of its types. */
export function entriesOf({
  name,
  exports = {},
}: Manifest): { specifier: string; types: string; code: string }[] {
  return Object.entries(exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [{ specifier: `${name}${path.slice(1)}`, types: target.types, code: target.default }],
  );
}

export function newFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'portcullis-packages-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** `npm pack` of one package as it was built. */
export async function pack(folder: Folder, destination: string): Promise<Packed> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', destination], {
    cwd: folderOf(folder),
  });
  const [packed] = JSON.parse(stdout) as { filename: string; files: { path: string }[] }[];
  if (!packed) throw new Error(`npm pack says nothing about ${folder}`);
  return {
    manifest: manifestOf(folder),
    files: packed.files.map(({ path }) => path),
    tarball: join(destination, packed.filename),
  };
}

/** The packed files where an installation would put them. */
export function unpack({ manifest, tarball }: Packed, home: string): string {
  const target = join(home, 'node_modules', manifest.name);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  return target;
}

/** Makes packages that this repository has installed for one of its own reachable from a folder, and no others. */
export function provide(names: readonly string[], { folder, home }: { folder: Folder; home: string }): void {
  for (const name of names) {
    const installed = [folderOf(folder), ROOT]
      .map((root) => join(root, 'node_modules', name))
      .find(existsSync);
    if (installed === undefined) throw new Error(`${name} is not installed`);
    const link = join(home, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(installed, link);
  }
}
