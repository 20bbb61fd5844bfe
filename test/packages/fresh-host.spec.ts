import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { noteSecret } from '../support/log-book.js';
import { send, sign } from '../support/sign.js';
import { NewNestApp, type RunningHost } from './new-nest-app.js';
import { folderOf, FOLDERS, manifestOf, newFolder, pack } from './packages.js';

const run = promisify(execFile);

const INSTALL_TIMEOUT_MS = 240_000;
/** A process without a database refuses what was signed just before it could remember. */
const FORGOTTEN_MS = 15_000;
const MOST_LINES = 20;

/** A file of the host, as the package's page shows it. */
function fileOnPage(name: string): string {
  const page = readFileSync(join(folderOf('nest'), 'README.md'), 'utf8');
  const text = page.split(`\`\`\`ts\n// src/${name}\n`)[1]?.split('```')[0];
  if (text === undefined) throw new Error(`the page shows no src/${name}`);
  return text;
}

const ON_EXPRESS = fileOnPage('main.ts');
const ON_FASTIFY = ON_EXPRESS.replace(
  'import { usePortcullis',
  "import { FastifyAdapter } from '@nestjs/platform-fastify';\nimport { usePortcullis",
).replace('create(AppModule, {', 'create(AppModule, new FastifyAdapter(), {');

const MAINS = ['main', 'main-on-fastify'] as const;

const registryAnswers = NewNestApp.registryAnswers();
if (!registryAnswers) process.stdout.write('Fresh host: skipped, the package registry does not answer\n');

(registryAnswers ? describe : describe.skip)(
  'a freshly generated Nest application with the packed packages',
  () => {
    const home = newFolder();
    const secret = noteSecret(randomBytes(32).toString('base64url'));
    const running = new Map<string | undefined, RunningHost>();
    let host: NewNestApp;

    beforeAll(async () => {
      const [generated, ...packed] = await Promise.all([
        NewNestApp.generate(home.path),
        ...FOLDERS.map((folder) => pack(folder, home.path)),
      ]);
      host = generated;
      await host.install([...packed.map(({ tarball }) => tarball), '@nestjs/platform-fastify@^12']);
      for (const file of ['app.controller.ts', 'app.module.ts']) host.write(file, fileOnPage(file));
      host.write('main.ts', ON_EXPRESS);
      host.write('main-on-fastify.ts', ON_FASTIFY);
      await host.build();
      // At the same moment: each forgets for some seconds first.
      const started = MAINS.map((main) => host.start(`${main}.js`, { SHOP_SECRET: secret }));
      for (const [index, one] of (await Promise.all(started)).entries()) running.set(MAINS[index], one);
    }, INSTALL_TIMEOUT_MS);
    afterAll(async () => {
      await Promise.all([...running.values()].map((one) => one.stop()));
      home.remove();
    });

    it.each(FOLDERS.filter((folder) => manifestOf(folder).exports))(
      'can import the %s package',
      async (folder) => {
        const { name } = manifestOf(folder);
        const code = `console.log(Object.keys(await import('${name}')).length > 0)`;
        const { stdout } = await run(process.execPath, ['--input-type=module', '-e', code], {
          cwd: join(home.path, 'host'),
        });
        expect(stdout.trim()).toBe('true');
      },
    );

    it('can run the command', async () => {
      const command = join(home.path, 'host/node_modules/.bin/portcullis');
      const { stdout } = await run(command, ['--version']);
      expect(stdout.trim()).toBe(manifestOf('cli').version);
    });

    describe.each([
      ['express', MAINS[0]],
      ['fastify', MAINS[1]],
    ])('on %s', (_, main) => {
      const url = (path = '') => `${running.get(main)?.url}${path}`;
      const get = (headers: Record<string, string>) => send({ method: 'GET', url: url(), headers });

      it('needs fewer than 20 lines beside what was generated', () => {
        const added = [
          ...['app.controller.ts', 'app.module.ts'].flatMap((file) => host.linesAdded(file)),
          ...host.linesAdded(`${main}.ts`, { generatedAs: 'main.ts' }),
        ];
        process.stdout.write(`Fresh host: ${added.length} lines beside what was generated\n`);
        expect(added).toContain('usePortcullis(app);');
        expect(added.length).toBeLessThan(MOST_LINES);
      });

      it('refuses a call without a key, and one with a key of nobody', async () => {
        const [none, wrong] = await Promise.all([get({}), get({ authorization: 'key nobody' })]);
        expect([none.status, none.code]).toEqual([401, 'app_key_missing']);
        expect([wrong.status, wrong.code]).toEqual([401, 'app_key_invalid']);
      });

      it('answers a call with the key of an app', async () => {
        const answer = await fetch(url(), { headers: { authorization: 'key shop' } });
        expect([answer.status, await answer.text()]).toEqual([200, 'Hello World!']);
      });

      it('takes what the app has signed, and nothing that was altered or sent again', async () => {
        const order = () =>
          sign({
            method: 'POST',
            url: url('/orders'),
            headers: { 'content-type': 'application/json' },
            body: '{"tea":2}',
            parameters: { keyid: 'shop' },
            secret,
          });
        const deadline = performance.now() + FORGOTTEN_MS;
        let signed = order();
        let answer = await send(signed);
        while (answer.code === 'signature_stale' && performance.now() < deadline) {
          await delay(500);
          signed = order();
          answer = await send(signed);
        }
        expect([answer.status, answer.body]).toEqual([201, { tea: 2 }]);
        expect((await send(signed)).code).toBe('signature_replayed');
        expect((await send({ ...order(), body: '{"tea":3}' })).code).toBe('signature_invalid');
        expect(
          (await send({ method: 'POST', url: url('/orders'), headers: { authorization: 'key shop' } })).code,
        ).toBe('signature_missing');
      });
    });
  },
);
