import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');

describe('who may import whom', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'boundaries-'));
    for (const path of [
      '.dependency-cruiser.cjs',
      'tsconfig.base.json',
      'package.json',
      'libs/wire/src',
      'libs/nest/src',
      'libs/client/src',
      'libs/cli/src',
      'src',
      'ormconfig.ts',
    ]) {
      cpSync(join(root, path), join(copy, path), { recursive: true });
    }
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  function cruise() {
    const cli = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const run = spawnSync(
      process.execPath,
      [cli, 'libs/wire/src', 'libs/nest/src', 'libs/client/src', 'libs/cli/src', 'src', 'ormconfig.ts'],
      {
        cwd: copy,
        encoding: 'utf8',
      },
    );
    return { failed: run.status !== 0, output: run.stdout + run.stderr };
  }

  it('holds in the tree as it is', () => {
    expect(cruise()).toEqual({
      failed: false,
      output: expect.stringContaining('no dependency violations found'),
    });
  });

  it.each([
    ['wire-imports-nothing', 'libs/wire/src/origin.ts', 'node:crypto'],
    ['client-imports-wire-only', 'libs/client/src/clock.ts', 'node:crypto'],
    ['cli-speaks-http-alone', 'libs/cli/src/duration.ts', '@portcullis/wire'],
    ['passport-stays-in-its-room', 'libs/nest/src/pipeline/clock.ts', 'passport'],
    ['side-doors-lead-out-only', 'libs/nest/src/portcullis.module.ts', './testing/index.js'],
    ['layers-are-strangers', 'libs/nest/src/layers/app-key/app-key.layer.ts', '../scopes/index.js'],
    [
      'layers-know-no-authority',
      'libs/nest/src/layers/user/user.layer.ts',
      '../../authorities/users/index.js',
    ],
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
  ])('%s: a planted import is found', (rule, file, forbidden) => {
    appendFileSync(join(copy, file), `\nimport '${forbidden}';\n`);
    expect(cruise()).toEqual({ failed: true, output: expect.stringContaining(rule) });
  });
});
