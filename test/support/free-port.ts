import { createServer } from 'node:net';

/** Below those that the system gives to whoever asks for any: a process may need seconds until it listens on its own. */
const FIRST_PORT = 12_000;
/** Of each worker its own. */
const PORTS_EACH = 2_000;
const MOST_WORKERS = 10;

const worker = Number(process.env['JEST_WORKER_ID'] ?? 0) % MOST_WORKERS;
let given = Math.floor(Math.random() * PORTS_EACH);

/** Where nobody listens, and nobody will but who asked. */
export async function freePort(): Promise<number> {
  const port = FIRST_PORT + worker * PORTS_EACH + (given++ % PORTS_EACH);
  return (await isFree(port)) ? port : freePort();
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
