import { Injectable } from '@nestjs/common';

/** Resolves when something that the bank needs is there. */
export type ReadinessProbe = () => Promise<unknown>;

const PATIENCE_MS = 1_000;

/** Whether the process can serve: everything it needs answers, and it is not about to stop. */
@Injectable()
export class Readiness {
  private stopping = false;

  constructor(private readonly probes: Readonly<Record<string, ReadinessProbe>>) {}

  /** From now on the process is not ready; what is under way goes on. */
  stop(): void {
    this.stopping = true;
  }

  /** What is missing, by name. */
  async missing(): Promise<string[]> {
    if (this.stopping) return ['stopping'];
    const names = Object.keys(this.probes);
    const answers = await Promise.all(Object.values(this.probes).map(answersInTime));
    return names.filter((_, at) => !answers[at]);
  }
}

async function answersInTime(probe: ReadinessProbe): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), PATIENCE_MS)));
  try {
    return await Promise.race([probe().then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
