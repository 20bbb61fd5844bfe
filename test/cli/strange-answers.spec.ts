import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { noteSecret } from '../support/log-book.js';
import { complaintOf, Operator } from './run-portcullis.js';
import { answerJson, strangeServer, strangeSocket, type StrangeServer } from './strange-server.js';

const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u009b31m\r\n\u202eevil\u2028\u0000';
// oxlint-disable-next-line no-control-regex
const DANGEROUS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/;

describe('The command-line tool, where something else answers', () => {
  const key = noteSecret(randomBytes(32).toString('base64url'));
  let server: StrangeServer | undefined;
  afterEach(() => server?.stop());

  type Answer = (request: IncomingMessage, response: ServerResponse) => void;
  const against = async (answer: Answer) => {
    server = await strangeServer(answer);
    return new Operator(server.url, key);
  };
  const html: Answer = (_request, response) =>
    response.writeHead(502, { 'content-type': 'text/html' }).end('<html><body>Bad gateway</body></html>');

  it.each<[string, Answer]>([
    ['a page of a proxy', html],
    ['a page with 200', (_request, response) => response.end('<html></html>')],
    ['half of JSON', (_request, response) => response.end('[{"id": ')],
    ['JSON that is no list', (_request, response) => answerJson(response, { status: 'ok' })],
    ['a list of something else', (_request, response) => answerJson(response, [1, null])],
    ['nothing', (_request, response) => response.end()],
    ['401 of something else', (_request, response) => answerJson(response, { error: 'login' }, 401)],
    ['a problem without a code', (_request, response) => answerJson(response, { status: 500 }, 500)],
    ['a redirection', (_request, response) => response.writeHead(302, { location: '/login' }).end()],
    ['bytes that are no UTF-8', (_request, response) => response.end(Buffer.from([0xff, 0xfe, 0]))],
  ])('takes %s for no answer', async (_, answer) => {
    const operator = await against(answer);
    const told = await operator.run(['apps', 'list', '--json']);
    expect([told.code, complaintOf(told).code]).toEqual([3, 'unexpected_answer']);
    expect((await operator.run(['apps', 'list'])).stderr).toMatch(/^portcullis: What answered at /);
  });

  it('takes the key along to no other server', async () => {
    const other = await strangeServer((_request, response) => answerJson(response, []));
    const operator = await against((_request, response) =>
      response.writeHead(307, { location: `${other.url}/admin/apps` }).end(),
    );
    expect((await operator.run(['apps', 'list'])).code).toBe(3);
    expect(other.asked).toEqual([]);
    await other.stop();
  });

  it.each<[string, Answer, string]>([
    ['a connection that is reset', ({ socket }) => socket.resetAndDestroy(), 'not_reachable'],
    [
      'half an answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('[');
        setTimeout(() => response.destroy(), 50);
      },
      'not_reachable',
    ],
    ['silence', () => undefined, 'timed_out'],
    ['an answer that does not end', (_request, response) => void response.write('['), 'timed_out'],
  ])('says so in time: %s', async (_, answer, code) => {
    const operator = await against(answer);
    // A server in a process that is busy answers late, too.
    const timeout = code === 'timed_out' ? '1s' : '30s';
    const told = await operator.run(['apps', 'list', '--timeout', timeout, '--json']);
    expect([told.code, complaintOf(told).code]).toEqual([3, code]);
  });

  it.each([
    ['is no HTTP', 'http'],
    ['is no TLS', 'https'],
  ])('what %s', async (_, scheme) => {
    server = await strangeSocket((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const operator = new Operator(server.url.replace('http', scheme), key);
    const told = await operator.run(['apps', 'list', '--json']);
    expect([told.code, complaintOf(told).code]).toEqual([3, 'not_reachable']);
  });

  it.each([
    [400, 'malformed_request', 1],
    [403, 'insufficient_scope', 4],
    [409, 'idempotency_conflict', 1],
    [429, 'rate_limited', 1],
    [500, 'internal_error', 1],
    [503, 'temporarily_unavailable', 1],
    [418, 'something_new', 1],
  ])('is refused with %i %s', async (status, code, exit) => {
    const detail = 'In words';
    const operator = await against((_request, response) =>
      answerJson(response, { status, code, detail }, status),
    );
    const told = await operator.run(['apps', 'list', '--json']);
    expect([told.code, complaintOf(told)]).toMatchObject([exit, { code, status, detail }]);
  });

  it('[N14] does not show the key that an answer repeats', async () => {
    const operator = await against(({ headers }, response) => {
      const detail = `not understood: ${headers.authorization}`;
      answerJson(
        response,
        { status: 400, code: 'malformed_request', detail, errors: [{ path: key, message: key }] },
        400,
      );
    });
    for (const words of [
      ['apps', 'list'],
      ['apps', 'list', '--json'],
      ['apps', 'list', '--debug'],
      ['doctor'],
    ]) {
      const { stdout, stderr } = await operator.run(words);
      expect(stdout + stderr).toContain('<hidden>');
      expect((stdout + stderr).includes(key)).toBe(false);
    }
  });

  it('[N14] does not show the password that an answer repeats', async () => {
    const password = noteSecret(`"${randomBytes(12).toString('base64url')}"`);
    const operator = await against((_request, response) =>
      answerJson(response, { id: '1', username: password }, 201),
    );
    for (const more of [[], ['--json']]) {
      const { stdout, stderr } = await operator.run(['users', 'create', 'ada', '--password-stdin', ...more], {
        input: password,
      });
      expect(stdout + stderr).toContain('<hidden>');
      expect((stdout + stderr).includes(password.slice(1, -1))).toBe(false);
    }
  });

  it('[N16] escapes what would move the cursor, change the title or turn the text around', async () => {
    const apps = [{ id: 'a', name: ESCAPES, scopes: [ESCAPES], [ESCAPES]: ESCAPES }];
    const operator = await against(({ url }, response) =>
      url === '/admin/apps' ? answerJson(response, apps) : answerJson(response, apps[0]),
    );
    for (const words of [
      ['apps', 'list'],
      ['apps', 'show', 'a'],
      ['apps', 'suspend', ESCAPES.replace('\u0000', '')],
    ]) {
      const { code, stdout } = await operator.run(words);
      expect([code, DANGEROUS.exec(stdout)]).toEqual([0, null]);
    }
    expect((await operator.run(['apps', 'list'])).stdout).toContain('\\u{1b}[2J');
    expect((await operator.run(['apps', 'list'])).stdout.trimEnd().split('\n')).toHaveLength(2);
    const { stdout } = await operator.run(['apps', 'list', '--json']);
    expect(DANGEROUS.exec(stdout)).toBeNull();
    expect(JSON.parse(stdout)).toEqual(apps);
  });

  it('[N16] escapes what a refusal says', async () => {
    const detail = `${ESCAPES}\nportcullis: all is well`;
    const errors = [{ path: detail, message: detail }];
    const operator = await against((_request, response) =>
      answerJson(response, { status: 422, code: ESCAPES, detail, requestId: ESCAPES, errors }, 422),
    );
    for (const words of [['apps', 'list'], ['apps', 'list', '--json'], ['doctor']]) {
      const { stdout, stderr } = await operator.run(words);
      expect(DANGEROUS.exec(stdout + stderr)).toBeNull();
      expect(stdout + stderr).not.toMatch(/^portcullis: all is well/m);
    }
  });
});
