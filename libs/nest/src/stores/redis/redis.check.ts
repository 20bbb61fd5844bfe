import type { Redis } from 'ioredis';
import {
  clockDifference,
  latencyFinding,
  quickestReading,
  type ClockReading,
  type Finding,
  type HealthCheck,
} from '../../operations/doctor/index.js';
import type { Clock } from '../../pipeline/index.js';

const SLOW_MS = 50;
const SLOW = 'Every signed request waits for it: look at its load and at the network between.';

/** Whether Redis answers, how fast, by what clock, and whether it keeps what it is given. */
export class RedisCheck implements HealthCheck {
  readonly name = 'redis';

  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
  ) {}

  async examine(): Promise<Finding[]> {
    let best: ClockReading;
    try {
      best = await quickestReading(() => this.readClock());
    } catch {
      return [AWAY];
    }
    const { tookMs } = best;
    const latency = { name: 'redis', tookMs, slowMs: SLOW_MS, advice: SLOW };
    return [latencyFinding(latency), clockDifference(best), await this.examineEviction()];
  }

  private async readClock(): Promise<ClockReading> {
    const askedAt = performance.now();
    const [seconds, micros] = await this.redis.time();
    const tookMs = performance.now() - askedAt;
    const theirs = Number(seconds) * 1000 + Number(micros) / 1000;
    return { name: 'redis-clock', whose: 'Redis', answeredAt: this.clock.now(), tookMs, theirs };
  }

  private async examineEviction(): Promise<Finding> {
    const memory = await this.redis.info('memory').catch(() => undefined);
    const [, limit] = /^maxmemory:(\d+)/m.exec(memory ?? '') ?? [];
    const [, policy] = /^maxmemory_policy:([a-z-]+)/m.exec(memory ?? '') ?? [];
    if (limit === undefined || policy === undefined) return NOT_TOLD;
    if (policy === 'noeviction') return { name: 'redis-eviction', status: 'ok', detail: 'noeviction' };
    return {
      name: 'redis-eviction',
      // Without a limit nothing is evicted, until somebody sets one.
      status: limit === '0' ? 'warn' : 'fail',
      detail: `${policy}${limit === '0' ? ', without a limit of memory' : ''}: a nonce that is evicted can be used again`,
      advice: 'CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
    };
  }
}

const AWAY: Finding = {
  name: 'redis',
  status: 'fail',
  detail: 'does not answer',
  advice:
    'Look at whether it runs and lets this node in (in the sample REDIS_URL). What is signed, and sign-in, is answered 503 until it is back.',
};

const NOT_TOLD: Finding = {
  name: 'redis-eviction',
  status: 'warn',
  detail: 'it does not say whether it evicts keys',
  advice: 'See to it that maxmemory-policy is noeviction, or let this node ask INFO memory.',
};
