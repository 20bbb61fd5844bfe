import { Injectable } from '@nestjs/common';

/** Resolves when something that the bank needs is there. */
export type ReadinessProbe = () => Promise<unknown>;

const PATIENCE_MS = 1_000;

/** Whether the process can serve: everything it needs answers, and it is not about to stop. */
@Injectable()
export class Readiness {
  private readonly probes: Map<string, ReadinessProbe>;
  private readonly running = new Map<string, Promise<unknown>>();
  private stopping = false;

  constructor(probes: Readonly<Record<string, ReadinessProbe>>) {
    this.probes = new Map(Object.entries(probes));
  }

  /** One more thing that is needed from now on. */
  watch(name: string, probe: ReadinessProbe): void {
    this.probes.set(name, probe);
  }

  /** From now on the process is not ready; what is under way goes on. */
  stop(): void {
    this.stopping = true;
  }

  /** What is missing, by name. */
  async missing(): Promise<string[]> {
    if (this.stopping) return ['stopping'];
    const names = [...this.probes.keys()];
    const answers = await Promise.all(names.map((name) => answersInTime(this.probe(name))));
    return names.filter((_, at) => !answers[at]);
  }

  /** One at a time, however many ask: the route is open, and whoever floods it must not fill the pool. */
  private async probe(name: string): Promise<unknown> {
    let running = this.running.get(name);
    if (!running) {
      running = (this.probes.get(name) as ReadinessProbe)().finally(() => this.running.delete(name));
      this.running.set(name, running);
    }
    return running;
  }
}

async function answersInTime(answer: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(() => resolve(false), PATIENCE_MS)));
  try {
    return await Promise.race([answer.then(() => true), late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
