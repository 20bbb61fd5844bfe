import type { Finding } from './finding.js';

export interface Latency {
  readonly name: string;
  readonly tookMs: number;
  readonly slowMs: number;
  readonly advice: string;
}

/** How long an answer took, and what to do when that is long. */
export function latencyFinding({ name, tookMs, slowMs, advice }: Latency): Finding {
  const detail = `answered after ${Math.ceil(tookMs)} ms`;
  return tookMs < slowMs ? { name, status: 'ok', detail } : { name, status: 'warn', detail, advice };
}
