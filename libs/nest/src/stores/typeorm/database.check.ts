import { MigrationExecutor, type DataSource } from 'typeorm';
import {
  clockDifference,
  latencyFinding,
  quickestReading,
  type ClockReading,
  type Finding,
  type HealthCheck,
} from '../../operations/doctor/index.js';
import type { Clock } from '../../pipeline/index.js';

const SLOW_MS = 100;
const SLOW = 'Look at its load, at the network between, and at whether the pool of connections is used up.';
const ERROR_CODE = /^[A-Z0-9_]{1,64}$/;

/** Whether the database answers, how fast, by what clock, and with the tables that this version needs. */
export class DatabaseCheck implements HealthCheck {
  readonly name = 'database';

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {}

  async examine(): Promise<Finding[]> {
    let best: ClockReading;
    try {
      best = await quickestReading(() => this.readClock());
    } catch (error) {
      return [awayFinding(error)];
    }
    const { tookMs } = best;
    const latency = { name: 'database', tookMs, slowMs: SLOW_MS, advice: SLOW };
    return [latencyFinding(latency), clockDifference(best), await this.examineMigrations()];
  }

  private async readClock(): Promise<ClockReading> {
    const askedAt = performance.now();
    const [row] = await this.dataSource.query<{ now: string }[]>(
      `SELECT (extract(epoch FROM clock_timestamp()) * 1000)::text AS now`,
    );
    const tookMs = performance.now() - askedAt;
    const answeredAt = this.clock.now();
    return { name: 'database-clock', whose: 'the database', answeredAt, tookMs, theirs: Number(row?.now) };
  }

  private async examineMigrations(): Promise<Finding> {
    const name = 'database-migrations';
    const pending = await new MigrationExecutor(this.dataSource).getPendingMigrations();
    if (pending.length === 0) return { name, status: 'ok', detail: 'all have run' };
    return {
      name,
      status: 'fail',
      detail: `have not run: ${pending.map((migration) => migration.name).join(', ')}`,
      advice: 'Run them (dataSource.runMigrations()) before anything is served.',
    };
  }
}

/** The code alone: a driver's message may quote where it connects to, and as whom. */
function awayFinding(error: unknown): Finding {
  const { driverError, code } = (error ?? {}) as { driverError?: { code?: unknown }; code?: unknown };
  const known = [driverError?.code, code].find((one) => typeof one === 'string' && ERROR_CODE.test(one));
  return {
    name: 'database',
    status: 'fail',
    detail: known === undefined ? 'does not answer' : `does not answer (${String(known)})`,
    advice:
      'Look at whether it runs and lets this node in (in the sample DATABASE_URL). What is not remembered is answered 503 until it is back.',
  };
}
