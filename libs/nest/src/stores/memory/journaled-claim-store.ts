import { Logger, type LoggerService, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  ClaimStore,
  temporarilyUnavailable,
  type Claim,
  type Clock,
  type Committed,
  type ReplayJournal,
  type ReplayPast,
} from '../../pipeline/index.js';
import { DurableMark } from './durable-mark.js';
import { MemoryClaimStore } from './memory-claim-store.js';

export interface JournaledClaimStoreOptions {
  readonly clock: Clock;
  readonly journal: ReplayJournal;
  /** How far ahead of this node's time a claim may be issued and still be admitted. */
  readonly maxAheadMs: number;
  readonly logger?: Pick<LoggerService, 'warn'>;
}

/** So much later than now the durable mark is kept: what honest callers wait after a crash. */
const LEAD_MS = 3_000;
const HEARTBEAT_MS = 1_000;
const PATIENCE_MS = 2_000;

/**
 * Claims of one process, remembered in memory, that survive a stop and lose nothing in a crash: a journal knows up to
 * when they may have been admitted. The mark runs ahead of time, so that a commit asks the database only when its
 * caller's clock does, too. Throws a `temporarily_unavailable` problem before it is opened, after it is stopped, and for
 * what lies beyond the mark while the journal is away.
 */
export class JournaledClaimStore extends ClaimStore implements OnModuleInit, OnApplicationShutdown {
  private readonly memory: MemoryClaimStore;
  private readonly mark: DurableMark;
  private readonly logger: Pick<LoggerService, 'warn'>;
  private phase: 'unopened' | 'open' | 'stopped' = 'unopened';
  private heartbeat: NodeJS.Timeout | undefined;
  private journalAway = false;

  constructor(private readonly options: JournaledClaimStoreOptions) {
    super();
    const { clock, journal, logger = new Logger('Portcullis') } = options;
    this.memory = new MemoryClaimStore(clock, { forgottenUntil: Number.POSITIVE_INFINITY });
    this.mark = new DurableMark({ clock, journal, leadMs: LEAD_MS, patienceMs: PATIENCE_MS });
    this.logger = logger;
  }

  /** Throws what the journal throws: while another process lives on it, or when it is away. */
  async onModuleInit(): Promise<void> {
    const past = await this.options.journal.open();
    const now = this.options.clock.now();
    const forgottenUntil = this.forgottenUntilAfter(past);
    this.memory.forgottenUntil = forgottenUntil;
    if (past.kind === 'parked') this.memory.load(past.claims);
    // What this life refuses as forgotten an earlier one may have admitted: the next must refuse it, too.
    await this.mark.raiseTo(Math.max(now + LEAD_MS, forgottenUntil));
    if (forgottenUntil > now)
      this.logger.warn(`Claims issued in the next ${forgottenUntil - now} ms are refused: replay_state_lost`);
    if (this.phase === 'stopped') return;
    this.phase = 'open';
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.heartbeat);
    const wasOpen = this.phase === 'open';
    // Before the claims are listed: one that is admitted later would be missing from the list.
    this.phase = 'stopped';
    if (!wasOpen) return;
    const claims = this.memory.liveClaims();
    try {
      await this.options.journal.park({ forgottenUntil: this.memory.forgottenUntil, claims });
    } catch (error) {
      this.logger.warn(`Claims could not be parked, the next start takes this for a crash: ${nameOf(error)}`);
    }
  }

  override commit(claims: readonly Claim[]): Committed | Promise<Committed> {
    if (this.phase !== 'open') throw temporarilyUnavailable(`claim_store_${this.phase}`);
    let latest = Number.NEGATIVE_INFINITY;
    for (const { issuedAt } of claims) latest = Math.max(latest, issuedAt);
    return latest <= this.mark.until ? this.memory.commit(claims) : this.commitBeyondMark(claims, latest);
  }

  /** Not while the journal is away, or another process has taken it over. */
  override isUsable(): boolean {
    return this.phase === 'open' && !this.journalAway;
  }

  private async commitBeyondMark(claims: readonly Claim[], latest: number): Promise<Committed> {
    const { clock, maxAheadMs } = this.options;
    const bound = clock.now() + maxAheadMs + LEAD_MS;
    if (!(latest <= bound)) throw temporarilyUnavailable('claim_issued_too_far_ahead');
    try {
      // A little further than this one needs, or a caller whose clock is ahead costs a write with every request.
      await this.mark.raiseTo(Math.min(latest + HEARTBEAT_MS, bound));
    } catch {
      throw temporarilyUnavailable('replay_journal_unavailable');
    }
    return this.commit(claims);
  }

  private async beat(): Promise<void> {
    try {
      await this.mark.raiseTo(this.options.clock.now() + LEAD_MS);
      this.journalAway = false;
    } catch (error) {
      if (this.phase === 'open' && !this.journalAway)
        this.logger.warn(`The replay journal cannot be written, claims are refused: ${nameOf(error)}`);
      this.journalAway = true;
    }
  }

  private forgottenUntilAfter(past: ReplayPast): number {
    switch (past.kind) {
      case 'none':
        return 0;
      case 'parked':
        return past.forgottenUntil;
      case 'lost':
        return past.admittedUntil ?? this.options.clock.now() + this.options.maxAheadMs;
    }
  }
}

/** Not the message: a driver's may carry what it was told. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}
