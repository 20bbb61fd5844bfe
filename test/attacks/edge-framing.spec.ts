import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ADAPTERS, startHost, type Host } from '../support/host-app.js';
import { KeptConnection } from '../support/kept-connection.js';
import { sign } from '../support/sign.js';

/** What an attacker hides: served whenever it is taken for a request of its own. */
const HIDDEN = 'GET /open HTTP/1.1\r\nHost: h\r\n\r\n';

/** Spellings of one header that some server somewhere reads as `Transfer-Encoding: chunked`, and another does not. */
const ENCODINGS = [
  'Transfer-Encoding: chunked',
  'transfer-encoding: chunked',
  'TRANSFER-ENCODING: CHUNKED',
  'Transfer-Encoding: Chunked',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:  chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  '\tTransfer-Encoding: chunked',
  'Transfer-Encoding\0: chunked',
  '\0Transfer-Encoding: chunked',
  'Transfer-Encoding\x0b: chunked',
  'Transfer-Encoding:\x0bchunked',
  'Transfer-Encoding:\x0cchunked',
  'Transfer-Encoding:\x00chunked',
  'Transfer-Encoding:\xa0chunked',
  'Transfer-Encoding:\xffchunked',
  'Transfer-Encoding: \x08chunked',
  'Transfer-Encoding: chunked\x00',
  'Transfer-Encoding: chunked\x0b',
  'Transfer-Encoding: chunked\xa0',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunked;a=b',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: , chunked',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: cow, chunked',
  'Transfer-Encoding: chunked, cow',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: chunked, gzip',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: cow',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: chunk',
  'Transfer-Encoding: ch\xfcnked',
  'Transfer-Encoding: chun\0ked',
  'Transfer-Encoding\r\n : chunked',
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding:\r\n\tchunked',
  'Transfer-Encoding:\n chunked',
  'Transfer-Encoding:\rchunked',
  'Transfer-Encoding: chunked\r\n\t',
  'Transfer-Encoding: chunked\r',
  'Transfer-Encoding: x\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: x',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'X: y\rTransfer-Encoding: chunked',
  'X: y\nTransfer-Encoding: chunked',
  'X: y\0\r\nTransfer-Encoding: chunked',
  ': \r\nTransfer-Encoding: chunked',
  'Transfer-Encoding chunked',
  'Transfer-Encoding= chunked',
  '(Transfer-Encoding): chunked',
  '"Transfer-Encoding": chunked',
];

/** No encoding at all, whatever they look like: of another name, or without a value. The length is then the truth. */
const NO_ENCODINGS = [
  'Transfer-Encoding:',
  'Transfer-Encoding: ',
  'Transfer_Encoding: chunked',
  'TransferEncoding: chunked',
  'Transfer-Encodin: chunked',
  'X-Transfer-Encoding: chunked',
  'TE: chunked',
  'Content-Encoding: identity\r\nTE: trailers, chunked',
  'X: Transfer-Encoding: chunked',
  'X: y\r\n Transfer-Encoding: chunked',
];

const LENGTHS = (length: number): string[][] => [
  [`${length}`, `${length}`],
  [`${length}`, '0'],
  ['0', `${length}`],
  [`${length}, ${length}`],
  [`${length},0`],
  [`+${length}`],
  [`-${length}`],
  [`${length}.0`],
  [`${length}e0`],
  [`0x${length.toString(16)}`],
  [`${length} 0`],
  [`${length}\0`],
  [`${length};`],
  [`"${length}"`],
  ['18446744073709551616'],
  ['99999999999999999999999'],
  ['NaN'],
  [''],
];

describe.each(ADAPTERS)('Where a request ends, on %s', (adapter) => {
  let host: Host;
  beforeAll(async () => {
    host = await startHost(adapter);
  });
  afterAll(() => host.app.close());

  /** Everything that comes back, until the connection is closed or nothing more than is expected has come for a while. */
  const exchange = (
    bytes: string,
    after: 'wait' | 'end' = 'wait',
    expected = 1,
  ): Promise<{ answers: number; text: string }> =>
    new Promise((resolve) => {
      let text = '';
      const answers = () => text.split('HTTP/1.1 ').length - 1;
      const socket = connect(host.port, '127.0.0.1', () => {
        socket.write(Buffer.from(bytes, 'latin1'));
        if (after === 'end') socket.end();
      });
      socket.setTimeout(5_000, () => socket.destroy());
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1');
        if (answers() >= expected) socket.setTimeout(250);
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => resolve({ answers: answers(), text }));
    });
  const outer = (headers: readonly string[], body: string) =>
    ['POST /signed HTTP/1.1', 'Host: h', 'Content-Type: text/plain', ...headers, '', body].join('\r\n');
  const served = async () => expect((await fetch(`${host.url}/open`)).status).toBe(200);

  it('is where its length says: what follows is the next request', async () => {
    const { answers, text } = await exchange(outer(['Content-Length: 5'], `12345${HIDDEN}`), 'wait', 2);
    expect([answers, text.includes('"open":true')]).toEqual([2, true]);
  });

  it('[A11] is not what a length and an encoding disagree about: refused, and the connection closed', async () => {
    for (const encoding of ENCODINGS) {
      // Whoever believes the length sees one request, whoever believes the encoding two; and the other way round.
      const byEncoding = `0\r\n\r\n${HIDDEN}`;
      const byLength = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;
      for (const request of [
        outer([`Content-Length: ${byEncoding.length}`, encoding], byEncoding),
        outer([encoding, `Content-Length: ${byEncoding.length}`], byEncoding),
        outer(['Content-Length: 4', encoding], byLength),
        outer([encoding, 'Content-Length: 4'], byLength),
      ]) {
        const { answers, text } = await exchange(request);
        expect([encoding, answers, text.slice(9, 12)]).toEqual([encoding, 1, '400']);
        expect([encoding, text.includes('"open"')]).toEqual([encoding, false]);
      }
    }
    await served();
  });

  it('[A11] is not where an unknown encoding alone might say: refused, or read as chunks', async () => {
    for (const encoding of ENCODINGS) {
      const { answers, text } = await exchange(outer([encoding, 'Connection: close'], '0\r\n\r\n'));
      const decision = text.slice(9, 12);
      expect([encoding, answers, ['400', '401'].includes(decision)]).toEqual([encoding, 1, true]);
    }
  });

  it('[A11] is where the length says when a header only looks like an encoding', async () => {
    for (const header of NO_ENCODINGS) {
      const body = `0\r\n\r\n${HIDDEN}`;
      const { answers, text } = await exchange(outer([`Content-Length: ${body.length}`, header], body));
      expect([header, answers, text.includes('"open"')]).toEqual([header, 1, false]);
    }
  });

  it('[A11] is refused where the length is there twice or is no number', async () => {
    for (const lengths of LENGTHS(HIDDEN.length)) {
      const headers = lengths.map((length) => `Content-Length: ${length}`);
      const { answers, text } = await exchange(outer(headers, HIDDEN));
      expect([lengths, answers, text.slice(9, 12)]).toEqual([lengths, 1, '400']);
    }
    await served();
  });

  it('[A11] is refused where a chunk is not well-formed', async () => {
    const bodies = [
      `0x5\r\n12345\r\n0\r\n\r\n`,
      `5 \r\n12345\r\n0\r\n\r\n`.replace('5 ', '5\0'),
      `-5\r\n12345\r\n0\r\n\r\n`,
      `5\r\n1234567\r\n0\r\n\r\n`,
      `ffffffffffffffff1\r\n12345\r\n0\r\n\r\n`,
      `5\n12345\n0\n\n`,
      `\r\n5\r\n12345\r\n0\r\n\r\n`,
      `zz\r\n12345\r\n0\r\n\r\n`,
    ];
    for (const body of bodies) {
      const { answers, text } = await exchange(outer(['Transfer-Encoding: chunked'], `${body}${HIDDEN}`));
      expect([body, answers, text.slice(9, 12)]).toEqual([body, 1, '400']);
    }
  });

  describe('a length that lies', () => {
    const signed = (body: string, length: number) => {
      const { headers } = sign({
        method: 'POST',
        url: `${host.url}/signed`,
        headers: { 'content-type': 'text/plain' },
        body,
      });
      const all = [
        `Host: 127.0.0.1:${host.port}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        `Content-Length: ${length}`,
      ];
      return ['POST /signed HTTP/1.1', ...all, '', body].join('\r\n');
    };

    it('[A15] runs no handler: neither one that is too short nor one that is too long', async () => {
      const before = host.controller.calls;
      const short = await exchange(signed('the whole body', 5));
      // What is left over is no request: refused at once, or after the answer to what was cut off.
      expect(short.text).toMatch(/^HTTP\/1\.1 40[01] /);
      expect(short.text).not.toMatch(/HTTP\/1\.1 2/);
      const long = await exchange(signed('the whole body', 500), 'end');
      expect(long.text).not.toMatch(/HTTP\/1\.1 2/);
      expect(host.controller.calls).toBe(before);
      expect((await exchange(signed('the whole body', 14))).text).toMatch(/^HTTP\/1\.1 201/);
    });

    it('[A15] does not lift the limit: announced, in chunks, in one chunk, or beyond what was announced', async () => {
      const large = 'x'.repeat(70_000);
      const chunk = `${(1_000).toString(16)}\r\n${'x'.repeat(1_000)}\r\n`;
      const before = host.controller.calls;
      const announced = await exchange(outer(['Content-Length: 70000'], ''));
      expect(announced.text).toMatch(/^HTTP\/1\.1 413 /);
      for (const body of [chunk.repeat(70), `${(70_000).toString(16)}\r\n${large}\r\n`]) {
        const { text } = await exchange(outer(['Transfer-Encoding: chunked'], `${body}0\r\n\r\n`));
        expect(text).toMatch(/^HTTP\/1\.1 413 |^$/);
      }
      const beyond = await exchange(outer(['Content-Length: 10'], large));
      expect(beyond.text).toMatch(/^HTTP\/1\.1 (?:400|401) /);
      expect(beyond.text).not.toMatch(/HTTP\/1\.1 2/);
      expect(host.controller.calls).toBe(before);
      await served();
    });
  });

  it('[A15] keeps nobody waiting: 100 bodies of a byte every 100 ms, and others are answered at once', async () => {
    const before = host.controller.calls;
    const head = outer(['Content-Length: 60000'], '');
    const sockets = Array.from({ length: 100 }, () => {
      const socket = connect(host.port, '127.0.0.1', () => socket.write(head));
      socket.on('error', () => socket.destroy());
      return socket;
    });
    const dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write('x');
    }, 100);
    const connection = new KeptConnection(host.port);
    const times: number[] = [];
    const until = performance.now() + 2_000;
    // So many that a machine which is busy for a moment delays few of them.
    while (performance.now() < until || times.length < 100) {
      const startedAt = performance.now();
      const { status } = await connection.ask({ method: 'GET', target: '/open', headers: [['Host', 'h']] });
      expect(status).toBe(200);
      times.push(performance.now() - startedAt);
      await wait(20);
    }
    clearInterval(dripping);
    connection.close();
    expect(sockets.filter((socket) => socket.writable)).toHaveLength(100);
    for (const socket of sockets) socket.destroy();
    expect(times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)]).toBeLessThan(250);
    expect(host.controller.calls).toBe(before);
  }, 60_000);
});
