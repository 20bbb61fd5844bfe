import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { TypeOrmTransactions } from '@portcullis/nest/typeorm';
import { Readiness } from '../../src/health/readiness.js';
import { startBank } from '../support/bank.js';

/** It looks every second, where nothing else keeps the machine busy. */
const PATIENCE_MS = 15_000;

describe('Readiness', () => {
  it('asks once for however many want to know', async () => {
    let asked = 0;
    let answer: (value?: unknown) => void = () => undefined;
    const readiness = new Readiness({
      database: () => {
        asked += 1;
        return new Promise((resolve) => (answer = resolve));
      },
    });
    const waiting = Array.from({ length: 100 }, () => readiness.missing());
    answer();
    expect(await Promise.all(waiting)).toEqual(waiting.map(() => []));
    expect(asked).toBe(1);
    const later = readiness.missing();
    answer();
    expect(await later).toEqual([]);
    expect(asked).toBe(2);
  });

  it('names what does not answer in time, what fails, and what was added later', async () => {
    const readiness = new Readiness({ late: () => new Promise(() => undefined), there: async () => 1 });
    readiness.watch('failed', () => Promise.reject(new Error('away')));
    expect(await readiness.missing()).toEqual(['late', 'failed']);
  });
});

describe('A bank', () => {
  it('[N01] is not ready while another process has its replay journal', async () => {
    const bank = await startBank('fastify');
    const ready = async () => (await fetch(`${bank.url}/health/ready`)).status;
    expect(await ready()).toBe(200);
    const transactions = bank.app.get(TypeOrmTransactions, { strict: false });
    await transactions.rows('UPDATE portcullis_replay_journal SET holder = $1', [randomUUID()]);
    const deadline = performance.now() + PATIENCE_MS;
    while ((await ready()) === 200 && performance.now() < deadline) await delay(50);
    expect(await ready()).toBe(503);
    expect((await fetch(`${bank.url}/health/live`)).status).toBe(200);
    await bank.stop();
  });
});
