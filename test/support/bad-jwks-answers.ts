import { gzipSync } from 'node:zlib';
import { json, type Answer } from './jwks-server.js';

/** What an issuer may answer instead of its keys; were the answer believed, it would be this key's. */
export const badAnswers = (key: object): Record<string, Answer> => ({
  'a 500': json({ keys: [key] }, 500),
  'a 404': json({ keys: [key] }, 404),
  'a 204': (response) => response.writeHead(204).end(),
  HTML: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>sign in</html>'),
  'an empty body': (response) => response.end(),
  'another JSON': json({ error: 'none' }),
  'a list': json([key]),
  'keys that are no list': json({ keys: { 0: key } }),
  'too many keys': json({ keys: Array.from({ length: 101 }, (_, at) => ({ ...key, kid: `k${at}` })) }),
  'a member twice': (response) => response.end(`{"keys":[],"keys":[${JSON.stringify(key)}]}`),
  'bytes that are no UTF-8': (response) => response.end(Buffer.from('{"keys":[],"x":"\xff"}', 'latin1')),
  'half a body': (response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"keys":[');
    setTimeout(() => response.destroy(), 20);
  },
  '10 MiB': (response) => response.end(JSON.stringify({ keys: [key], pad: 'x'.repeat(10_485_760) })),
  '10 MiB in 10 KiB': (response) =>
    response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(JSON.stringify({ keys: [key], pad: 'x'.repeat(10_485_760) }))),
  silence: () => undefined,
  'a body that never ends': (response) => {
    response.write('{"keys":[');
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
});
