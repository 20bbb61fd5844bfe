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

/** Tells whoever started this process where it listens, and what it has used when asked; ends with them. */
export function answerAboutUse(port: number): void {
  process.on('message', (question: ServerQuestion) => process.send?.(reply(question)));
  process.on('disconnect', () => process.exit(0));
  process.send?.(port);
}
