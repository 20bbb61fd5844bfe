import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { noteLog } from '../support/log-book.js';
import type { Variables } from './page-environment.js';

const START_TIMEOUT_MS = 60_000;
const LOOK_AGAIN_MS = 50;

/** The application that a page builds file by file, started from its `main.ts` as a reader starts it. */
export class PageApp {
  private output = '';

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk;
        noteLog(chunk.trimEnd());
      });
  }

  /** Resolves when it answers. Throws with what it said when it ends instead. */
  static async start(parts: { main: string; cwd: string; env: Variables; url: string }): Promise<PageApp> {
    const { main, cwd, env, url } = parts;
    const app = new PageApp(spawn(process.execPath, [main], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }));
    const deadline = performance.now() + START_TIMEOUT_MS;
    while (!(await answers(url))) {
      const ended = app.child.exitCode !== null || app.child.signalCode !== null;
      if (ended || performance.now() > deadline) {
        await app.stop();
        throw new Error(`the application does not start: ${app.output}`);
      }
      await delay(LOOK_AGAIN_MS);
    }
    return app;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (child.exitCode !== null || child.signalCode !== null) return;
    // Not in order: an application of a few lines has no signal handler.
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url).catch(() => undefined);
  await answer?.body?.cancel();
  return answer !== undefined;
}
