/** As V8's inspector writes it (`node --cpu-prof`). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly where: string;
  readonly share: number;
}

function shortened(url: string): string {
  return url.replace(/^.*\/node_modules\//, '').replace(/^.*\/(libs|test)\//, '$1/');
}

/** Share of the time that was not idle by function, the callees' not counted, largest first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const nameOf = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${shortened(url)}${url === '' ? '' : `:${lineNumber + 1}`}`,
    ]),
  );
  const spent = new Map<string, number>();
  let total = 0;
  for (const [at, id] of samples.entries()) {
    const where = nameOf.get(id) ?? '';
    if (where.startsWith('(idle)')) continue;
    const delta = timeDeltas[at] ?? 0;
    total += delta;
    spent.set(where, (spent.get(where) ?? 0) + delta);
  }
  return [...spent]
    .map(([where, time]) => ({ where, share: time / total }))
    .toSorted((a, b) => b.share - a.share);
}
