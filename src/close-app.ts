import type { Server, ServerResponse } from 'node:http';
import type { INestApplication } from '@nestjs/common';

const LOOK_AGAIN_MS = 100;
/** Longer than any answer takes; who is still there after that does not read it. */
const PATIENCE_MS = 10_000;

/**
 * Closes the application when its in-flight requests have been answered. Callers keep their connections, and a closing
 * server would wait for them: each is told to let go with its next answer, and idle ones are closed.
 */
export async function closeApp(app: INestApplication): Promise<void> {
  const server = app.getHttpServer() as Server;
  server.prependListener('request', (_, response: ServerResponse) => {
    response.setHeader('Connection', 'close');
  });
  const idle = setInterval(() => server.closeIdleConnections(), LOOK_AGAIN_MS);
  const late = setTimeout(() => server.closeAllConnections(), PATIENCE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}
