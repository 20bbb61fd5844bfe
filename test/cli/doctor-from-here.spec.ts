import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/bank.js';
import { noteSecret } from '../support/log-book.js';
import { Operator } from './run-portcullis.js';
import { answerJson, listening, strangeServer, type StrangeServer } from './strange-server.js';

interface Answer {
  readonly ok: boolean;
  readonly now: string | null;
  readonly checks: readonly { name: string; status: string; detail: string }[];
}

describe('portcullis doctor looks from here', () => {
  const key = noteSecret(randomBytes(32).toString('base64url'));
  let folder: string;
  let server: StrangeServer | undefined;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cli-'));
  });
  afterEach(() => server?.stop());
  afterAll(() => rmSync(folder, { recursive: true }));

  const examine = async (url: string, env: Record<string, string> = {}, ...more: string[]) => {
    const { code, stdout } = await new Operator(url, key).run(['doctor', '--json', ...more], { env });
    const { ok, checks, now } = JSON.parse(stdout) as Answer;
    return { code, ok, now, of: (name: string) => checks.find((check) => check.name === name) };
  };
  /** Again, a few times, where the answer was under way for so long that it says little. */
  const examineQuickly: typeof examine = async (...asked) => {
    let found = await examine(...asked);
    for (let tries = 1; tries < 5 && found.of('reachable')?.status === 'warn'; tries++)
      found = await examine(...asked);
    return found;
  };
  const aheadBy =
    (ms: number): RequestListener =>
    (_request, response) =>
      answerJson(response, { checks: [], now: new Date(Date.now() + ms).toISOString() });
  const secured = (days: number, answer: RequestListener) => {
    const paths = { keyFile: join(folder, `${days}.key`), certificate: join(folder, `${days}.pem`) };
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', paths.keyFile, '-out', paths.certificate, '-days', String(days)];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        ...subject,
        ...files,
      ],
      { stdio: 'ignore' },
    );
    const secrets = { key: readFileSync(paths.keyFile), cert: readFileSync(paths.certificate) };
    return {
      certificate: paths.certificate,
      start: () => listening(createServer(secrets, answer), 'https', []),
    };
  };

  it.each([
    [0, 'ok', 0],
    [-4_000, 'warn', 0],
    [4_000, 'warn', 0],
    [60_000, 'fail', 1],
    [-60_000, 'fail', 1],
  ])('at a clock that is %i ms ahead', async (ms, status, exit) => {
    server = await strangeServer(aheadBy(ms));
    const { code, of } = await examineQuickly(server.url);
    expect([code, of('clock-here')?.status]).toEqual([exit, status]);
  });

  it('at a clock behind a slow network, which it does not blame', async () => {
    server = await strangeServer((_request, response) => {
      const now = new Date().toISOString();
      setTimeout(() => answerJson(response, { checks: [], now }), 2_500);
    });
    const { of } = await examine(server.url);
    expect([of('clock-here')?.status, of('reachable')?.status]).toEqual(['ok', 'warn']);
  });

  it.each([
    [5, 'warn'],
    [90, 'ok'],
  ])('at a certificate that ends in %i days', async (days, status) => {
    const { certificate, start } = secured(days, aheadBy(0));
    server = await start();
    const { code, of } = await examineQuickly(server.url, { NODE_EXTRA_CA_CERTS: certificate });
    expect([code, of('certificate')?.status, of('reachable')?.status]).toEqual([0, status, 'ok']);
    expect(of('certificate')?.detail).toContain(`expires in ${days - 1} days`);
  });

  it('at a certificate that nobody vouches for, to which no key is sent', async () => {
    let asked = 0;
    server = await secured(30, () => void (asked += 1)).start();
    const { code, of } = await examine(server.url);
    expect([code, of('reachable')]).toMatchObject([
      1,
      { status: 'fail', detail: expect.stringContaining('not to be trusted') },
    ]);
    expect([of('certificate')?.status, asked]).toEqual(['ok', 0]);
  });

  it('at a server that is not there, or is another', async () => {
    expect(await examine(`http://127.0.0.1:${await freePort()}`)).toMatchObject({
      code: 1,
      ok: false,
      now: null,
    });
    server = await strangeServer((_request, response) => response.end('<html></html>'));
    expect((await examine(server.url)).of('reachable')).toMatchObject({ status: 'fail' });
  });

  it('at a key that is not accepted', async () => {
    server = await strangeServer((_request, response) =>
      answerJson(response, { status: 401, code: 'admin_key_invalid', detail: 'no' }, 401),
    );
    const { code, of } = await examine(server.url);
    expect([code, of('key')?.status, of('reachable')]).toEqual([1, 'fail', undefined]);
  });

  it('and calls nothing well that the server reports in a way nobody knows', async () => {
    const checks = [{ name: 'new', status: 'splendid', detail: 'x' }, null, 5];
    server = await strangeServer((_request, response) => answerJson(response, { checks, now: 'tomorrow' }));
    const { code, now, of } = await examine(server.url);
    expect([code, now, of('new')?.status, of('unnamed')?.status]).toEqual([1, null, 'fail', 'fail']);
    expect(of('clock-here')?.status).toBe('warn');
  });
});
