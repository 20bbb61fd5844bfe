import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');
const CRUISED = ['libs/wire/src', 'libs/nest/src', 'libs/client/src', 'libs/cli/src', 'src', 'ormconfig.ts'];

const PLANTED: readonly (readonly [rule: string, file: string, forbidden: string])[] = [
  ['wire-imports-nothing', 'libs/wire/src/origin.ts', 'node:crypto'],
  ['client-imports-wire-only', 'libs/client/src/clock.ts', 'node:crypto'],
  ['cli-speaks-http-alone', 'libs/cli/src/duration.ts', '@portcullis/wire'],
  ['passport-stays-in-its-room', 'libs/nest/src/pipeline/clock.ts', 'passport'],
  ['side-doors-lead-out-only', 'libs/nest/src/portcullis.module.ts', './testing/index.js'],
  ['layers-are-strangers', 'libs/nest/src/layers/app-key/app-key.layer.ts', '../scopes/index.js'],
  ['layers-know-no-authority', 'libs/nest/src/layers/user/user.layer.ts', '../../authorities/users/index.js'],
  ['authorities-know-no-store', 'libs/nest/src/authorities/users/users.ts', '../../stores/memory/index.js'],
  ['pipeline-knows-no-layer', 'libs/nest/src/pipeline/clock.ts', '../layers/app-key/index.js'],
  ['drivers-stay-in-stores', 'libs/nest/src/pipeline/clock.ts', 'typeorm'],
  [
    'inner-rooms-are-entered-by-the-door',
    'libs/nest/src/stores/memory/memory-app-registry.ts',
    '../../layers/app-key/app-key.layer.js',
  ],
  [
    'the-module-enters-by-the-door',
    'libs/nest/src/layers/app-key/app-key.layer.ts',
    '../../pipeline/plan.js',
  ],
  [
    'the-module-enters-inner-rooms-by-the-door',
    'libs/nest/src/portcullis.module.ts',
    './layers/app-key/app-key.layer.js',
  ],
  ['the-bank-is-a-stranger', 'src/app.module.ts', '../libs/nest/src/pipeline/clock.js'],
];

/** That the tree as it is holds to the rules is checked by `npm run boundaries`; here, that they would notice. */
describe('who may import whom', () => {
  let copy: string;
  let output: string;
  beforeAll(() => {
    copy = mkdtempSync(join(tmpdir(), 'boundaries-'));
    for (const path of ['.dependency-cruiser.cjs', 'tsconfig.base.json', 'package.json', ...CRUISED])
      cpSync(join(root, path), join(copy, path), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (const [, file, forbidden] of PLANTED) appendFileSync(join(copy, file), `\nimport '${forbidden}';\n`);
    const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const run = spawnSync(process.execPath, [cli, ...CRUISED], { cwd: copy, encoding: 'utf8' });
    output = run.stdout + run.stderr;
  }, 120_000);
  afterAll(() => rmSync(copy, { recursive: true }));

  it.each(PLANTED)('%s: an import that is planted in %s is found', (rule, file) => {
    expect(output).toContain(`error ${rule}: ${file} → `);
  });

  it('finds nothing where nothing was planted', () => {
    // Some that are planted close a circle, of which every file is told.
    const found = output.match(/^ +error (?!no-cycles).+$/gm) ?? [];
    const files = PLANTED.map(([, file]) => file);
    expect(found.filter((line) => !files.some((file) => line.includes(file)))).toEqual([]);
  });
});
