import { spawnSync } from 'node:child_process';

/** What has to be loaded into a process so that its system clock is another. */
function findLibrary(): string | undefined {
  const { status, stdout } = spawnSync('faketime', ['-f', '+0', 'printenv', 'LD_PRELOAD'], {
    encoding: 'utf8',
  });
  return status === 0 ? stdout.trim() : undefined;
}

const library = findLibrary();
if (library === undefined) process.stdout.write('A shifted system clock: skipped, there is no faketime\n');

/** For suites whose processes live in another time. */
export const describeWithShiftedClock = library === undefined ? describe.skip : describe;

/**
 * Variables of a process whose system clock is shifted and, if so, runs fast: `+3y x20` (faketime's notation). Its timers
 * run as fast.
 */
export function shiftedBy(shift: string): Record<string, string> {
  return { LD_PRELOAD: library as string, FAKETIME: shift };
}
