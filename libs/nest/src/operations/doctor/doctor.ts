import { SecurityProblem, type Clock } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

export interface Examination {
  readonly checks: readonly Finding[];
  /** By this node's clock. */
  readonly now: Date;
}

const PATIENCE_MS = 5_000;

/** Looks at this node and at what it stands on, and says what to do. */
export class Doctor {
  private running: Promise<Examination> | undefined;

  constructor(
    private readonly checks: readonly HealthCheck[],
    private readonly clock: Clock,
  ) {}

  /** Never throws for what it finds. One at a time, however many ask: it must not become the illness. */
  examine(): Promise<Examination> {
    this.running ??= this.examineAll().finally(() => (this.running = undefined));
    return this.running;
  }

  private async examineAll(): Promise<Examination> {
    const found = await Promise.all(this.checks.map((check) => examineInTime(check)));
    // Taken last: whoever asked compares it with the time of the answer.
    return { checks: found.flat(), now: new Date(this.clock.now()) };
  }
}

async function examineInTime(check: HealthCheck): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([unknown(check, 'it takes too long')]), PATIENCE_MS);
  });
  try {
    return await Promise.race([check.examine(), late]);
  } catch (error) {
    return [unknown(check, reasonOf(error))];
  } finally {
    clearTimeout(timer);
  }
}

function unknown({ name }: HealthCheck, reason: string): Finding {
  return {
    name,
    status: 'fail',
    detail: `could not be looked at: ${reason}`,
    advice: "Look at the other checks first, the database's before all, and at the server's log.",
  };
}

/** The class or the code, never a message: a driver's may quote what must not be shown. */
function reasonOf(error: unknown): string {
  if (error instanceof SecurityProblem) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
