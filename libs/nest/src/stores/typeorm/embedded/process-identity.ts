import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, in the kernel's own count: a pid alone may by now be somebody else's. */
  readonly startedAt: string | null;
  /** Where the pid means anything: this machine, this boot, this container. */
  readonly scope: string;
}

export type Liveness = 'alive' | 'gone' | 'unknown';

export function currentProcess(): ProcessIdentity {
  const { startedAt } = readStat(process.pid);
  return { pid: process.pid, startedAt, scope: currentScope() };
}

/** `unknown` when this process has no way to tell, e.g. the other one ran in another container. */
export function livenessOf(other: ProcessIdentity): Liveness {
  if (other.scope !== currentScope()) return 'unknown';
  if (!exists(other.pid)) return 'gone';
  const { state, startedAt } = readStat(other.pid);
  if (state === 'Z' || state === 'X') return 'gone';
  if (startedAt === null || other.startedAt === null) return 'unknown';
  return startedAt === other.startedAt ? 'alive' : 'gone';
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function readStat(pid: number): { state: string | null; startedAt: string | null } {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  // The second field is the program's name in parentheses and may itself hold blanks and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
  return { state: fields[0] ?? null, startedAt: fields[19] ?? null };
}

function currentScope(): string {
  const boot = attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim());
  const pids = attempt(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, pids].join(' ');
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
