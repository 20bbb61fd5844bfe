import type { RevokedCredentials } from '../../authorities/revocations/index.js';
import type { PipelineOptions, StateFreshness } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

const NAME = 'revocations';
/** It is read every second. */
const SLOW_MS = 5_000;

export interface RevocationFeed {
  readonly freshness: StateFreshness;
  readonly revoked: RevokedCredentials;
  readonly bounds: PipelineOptions['revocation'];
  /** How other nodes' words come in; `none` where there is no other node. */
  readonly wordsComeBy: 'redis' | 'notify' | 'none';
  /** Whether they come in now. */
  readonly hears: () => boolean;
}

/** Whether this node hears what was revoked, and how soon. */
export class RevocationsCheck implements HealthCheck {
  readonly name = NAME;

  constructor(private readonly feed: RevocationFeed) {}

  examine(): Finding[] {
    const { freshness, revoked, bounds } = this.feed;
    const ageMs = freshness.ageMs();
    const live = `${revoked.size} in memory`;
    if (ageMs > bounds.staleAfterMs)
      return [
        {
          name: NAME,
          status: 'fail',
          detail: `${live}; this node has heard nothing for ${spell(ageMs)}, and protected routes are answered 503`,
          advice: 'Look at the database: what was revoked is read from there.',
        },
      ];
    if (ageMs > Math.min(SLOW_MS, bounds.strictStaleAfterMs))
      return [
        {
          name: NAME,
          status: 'warn',
          detail: `${live}; this node has heard nothing for ${spell(ageMs)}, and strict routes are answered 503`,
          advice: `Look at the database: after ${spell(bounds.staleAfterMs)} every protected route is answered 503.`,
        },
      ];
    return [this.examineWords(`${live}; heard ${spell(ageMs)} ago`)];
  }

  private examineWords(seen: string): Finding {
    const { wordsComeBy, hears } = this.feed;
    if (wordsComeBy === 'none') return { name: NAME, status: 'ok', detail: `${seen}; this is the only node` };
    const by = wordsComeBy === 'redis' ? 'Redis' : 'NOTIFY of PostgreSQL';
    if (hears()) return { name: NAME, status: 'ok', detail: `${seen}; other nodes tell at once, by ${by}` };
    return {
      name: NAME,
      status: 'warn',
      detail: `${seen}; by ${by} nothing comes in, and this node reads once a second`,
      advice:
        wordsComeBy === 'redis'
          ? 'Look at Redis: until then a revocation takes up to a second.'
          : 'Look at whether something between closes idle connections, or pools them by transaction, which LISTEN does not survive: until then a revocation takes up to a second.',
    };
  }
}

function spell(ms: number): string {
  if (!Number.isFinite(ms)) return 'the whole time since it started';
  return ms < 10_000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms / 1000)} s`;
}
