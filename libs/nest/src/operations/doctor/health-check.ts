import type { Finding } from './finding.js';

/** Looks at one thing that this node stands on, and changes nothing. A check that throws has failed. */
export interface HealthCheck {
  readonly name: string;
  examine(): readonly Finding[] | Promise<readonly Finding[]>;
}
