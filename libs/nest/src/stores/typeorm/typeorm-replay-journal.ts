import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import {
  ReplayJournal,
  type Clock,
  type KeptClaim,
  type ReplayPast,
  type SharedPast,
} from '../../pipeline/index.js';
import { ReplayJournalInUse } from './replay-journal-in-use.js';

export interface TypeOrmReplayJournalOptions {
  /**
   * `this-process`: nobody else can have opened it, as the embedded database's lock makes sure; a process that left
   * without a word is gone. `many-processes`: a server, where such a process is watched before it is taken for gone.
   */
  readonly databaseIsOpenTo: 'this-process' | 'many-processes';
  readonly clock: Clock;
}

interface Row {
  readonly state: 'live' | 'parked' | 'shared';
  readonly holder: string | null;
  readonly admittedUntil: string | null;
  readonly forgottenUntil: string;
  readonly heartbeat: string;
}

/** Four times as long as a living holder is silent at most. */
const WATCHES = 16;
const WATCH_PAUSE_MS = 250;
const CHUNK = 10_000;

const READ = `SELECT state, holder, admitted_until AS "admittedUntil", forgotten_until AS "forgottenUntil", heartbeat
  FROM portcullis_replay_journal`;
/** Held to the end of the transaction. Named by the table, for each schema has a journal of its own. */
const LOCK = `SELECT pg_advisory_xact_lock('portcullis_replay_journal'::regclass::oid::bigint)`;

/**
 * The journal in PostgreSQL: one row, and the claims that were parked. A life belongs to a holder. Who takes over reads
 * the mark and changes the holder in one step, so that the old one, should it wake up, can raise the mark no more; up to
 * the mark it alone admits, and beyond it only the new one.
 */
export class TypeOrmReplayJournal extends ReplayJournal {
  private readonly holder = randomUUID();

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: TypeOrmReplayJournalOptions,
  ) {
    super();
  }

  /** Throws `ReplayJournalInUse` while another process lives on this journal, after watching it for seconds. */
  override open(): Promise<ReplayPast> {
    return this.dataSource.transaction('READ COMMITTED', async (manager) => {
      await manager.query(LOCK);
      const [found] = await manager.query<Row[]>(READ);
      const row =
        found && found.state !== 'parked' && this.options.databaseIsOpenTo === 'many-processes'
          ? await afterItsEnd(manager, found)
          : found;
      const past = row ? await this.pastOf(manager, row) : ({ kind: 'none' } as const);
      await this.takeOver(manager, row);
      return past;
    });
  }

  /** Throws `ReplayJournalInUse` when another node has taken over meanwhile. */
  override async raise(admittedUntil: number): Promise<void> {
    const [raised] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE portcullis_replay_journal
        SET admitted_until = GREATEST(admitted_until, $1), heartbeat = heartbeat + 1
        WHERE holder = $2 RETURNING id`,
      [Math.ceil(admittedUntil), this.holder],
    );
    if (raised.length === 0) throw new ReplayJournalInUse();
  }

  /** Throws `ReplayJournalInUse` when another node has taken over meanwhile. */
  override park({ forgottenUntil, claims }: Parameters<ReplayJournal['park']>[0]): Promise<void> {
    return this.dataSource.transaction(async (manager) => {
      const [parked] = await manager.query<[unknown[], number]>(
        `UPDATE portcullis_replay_journal
          SET state = 'parked', holder = NULL, forgotten_until = $1
          WHERE holder = $2 RETURNING id`,
        [Math.ceil(forgottenUntil), this.holder],
      );
      if (parked.length === 0) throw new ReplayJournalInUse();
      await insertClaims(manager, claims);
    });
  }

  override share(): Promise<SharedPast> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(LOCK);
      const [row] = await manager.query<Row[]>(READ);
      await manager.query(
        `INSERT INTO portcullis_replay_journal (state) VALUES ('shared')
          ON CONFLICT (id) DO UPDATE SET state = 'shared', holder = NULL, admitted_until = NULL`,
      );
      await manager.query('DELETE FROM portcullis_parked_claims');
      if (!row) return 'nobody';
      return row.state === 'shared' ? 'shared' : 'single';
    });
  }

  override async isStillShared(): Promise<boolean> {
    const [kept] = await this.dataSource.query<[unknown[], number]>(
      `UPDATE portcullis_replay_journal SET heartbeat = heartbeat + 1 WHERE state = 'shared' RETURNING id`,
    );
    return kept.length > 0;
  }

  private async pastOf(manager: EntityManager, row: Row): Promise<ReplayPast> {
    if (row.state === 'parked') {
      const claims = await manager.query<{ key: string; expiresAt: string }[]>(
        `SELECT key, expires_at AS "expiresAt" FROM portcullis_parked_claims WHERE expires_at >= $1`,
        [Math.floor(this.options.clock.now())],
      );
      return {
        kind: 'parked',
        forgottenUntil: Number(row.forgottenUntil),
        claims: claims.map(({ key, expiresAt }) => ({ key, expiresAt: Number(expiresAt) })),
      };
    }
    if (row.admittedUntil === null) return { kind: 'lost', admittedUntil: undefined };
    // What that life refused as forgotten, one before it may have admitted.
    const admittedUntil = Math.max(Number(row.admittedUntil), Number(row.forgottenUntil));
    return { kind: 'lost', admittedUntil };
  }

  /**
   * The mark stays until it is raised: should this process end before, the next one finds the same past. After parked
   * claims it covers them all, for each was admitted under it.
   */
  private async takeOver(manager: EntityManager, row: Row | undefined): Promise<void> {
    await manager.query('DELETE FROM portcullis_parked_claims');
    if (!row) {
      await manager.query(
        `INSERT INTO portcullis_replay_journal (state, holder, admitted_until) VALUES ('live', $1, 0)`,
        [this.holder],
      );
      return;
    }
    const [taken] = await manager.query<[unknown[], number]>(
      `UPDATE portcullis_replay_journal SET state = 'live', holder = $1, heartbeat = heartbeat + 1
        WHERE heartbeat = $2 AND state = $3 RETURNING id`,
      [this.holder, row.heartbeat, row.state],
    );
    if (taken.length === 0) throw new ReplayJournalInUse();
  }
}

/**
 * The row when its holder is silent for good, or has parked. A living holder, or one of those who share, writes every second, and each statement sees
 * what was committed before it (READ COMMITTED). Throws `ReplayJournalInUse` when it writes.
 */
async function afterItsEnd(manager: EntityManager, seen: Row): Promise<Row> {
  for (let watch = 0; watch < WATCHES; watch++) {
    // oxlint-disable-next-line no-await-in-loop -- watching takes time
    await delay(WATCH_PAUSE_MS);
    // oxlint-disable-next-line no-await-in-loop -- watching takes time
    const [row] = await manager.query<Row[]>(READ);
    if (row?.state === 'parked') return row;
    if (row?.heartbeat !== seen.heartbeat || row.holder !== seen.holder)
      throw new ReplayJournalInUse(row?.state === 'shared' ? 'in Redis' : 'in memory');
  }
  return seen;
}

/** In chunks, for a statement has to fit into memory on both sides. */
async function insertClaims(manager: EntityManager, claims: readonly KeptClaim[]): Promise<void> {
  await manager.query('DELETE FROM portcullis_parked_claims');
  for (let start = 0; start < claims.length; start += CHUNK) {
    const chunk = claims.slice(start, start + CHUNK);
    // oxlint-disable-next-line no-await-in-loop -- one connection
    await manager.query(
      `INSERT INTO portcullis_parked_claims (key, expires_at) SELECT * FROM unnest($1::text[], $2::bigint[])`,
      [chunk.map(({ key }) => key), chunk.map(({ expiresAt }) => Math.ceil(expiresAt))],
    );
  }
}
