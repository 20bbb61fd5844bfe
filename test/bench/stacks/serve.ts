import type { Stack, StackOptions } from './stack.js';

/** A server process: told which stack to start, asked what it has used. */

const STACKS: Record<string, () => Promise<{ start: Stack }>> = {
  plain: () => import('./plain.js'),
  floor: () => import('./floor.js'),
  'bare-nest': () => import('./bare-nest.js'),
  peer: () => import('./peer/start.js'),
  portcullis: () => import('./portcullis.js'),
};

export type ServerQuestion = 'cpu' | 'memory';

export interface MemoryUsed {
  readonly heapBytes: number;
  readonly residentBytes: number;
}

function reply(question: ServerQuestion): unknown {
  if (question === 'cpu') {
    const { user, system } = process.cpuUsage();
    return user + system;
  }
  // Twice: what finalisers let go of is collected by the second.
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  return { heapBytes: heapUsed, residentBytes: rss };
}

const [, , name = '', options = '{}'] = process.argv;
const stack = await STACKS[name]?.();
if (!stack) throw new Error(`no stack is called ${name}`);
const port = await stack.start(JSON.parse(options) as StackOptions);
process.on('message', (question: ServerQuestion) => process.send?.(reply(question)));
process.on('disconnect', () => process.exit(0));
process.send?.(port);
