import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { answerParserErrors } from './answer-parser-errors.js';

const REQUEST = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n';

describe('What is no HTTP', () => {
  let server: Server;
  beforeAll(async () => {
    server = createServer((_, response) => response.write('begun'));
    answerParserErrors(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());

  /** All that comes back to a first part and, once something came back to that, a second. */
  const exchange = (first: string, second = ''): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(first));
      socket.on('data', (chunk) => {
        if (text === '' && second !== '') socket.write(second);
        text += chunk.toString('latin1');
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => resolve(text));
    });

  it('is answered with a problem document', async () => {
    expect(await exchange('\0\0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"malformed_request"/);
  });

  it('[A11] is not answered into another answer that is under way: the connection ends', async () => {
    const text = await exchange(REQUEST, '\0\0\r\n\r\n');
    expect(text).toMatch(/^HTTP\/1\.1 200 [^]*begun/);
    expect(text).not.toContain('problem+json');
  });
});
