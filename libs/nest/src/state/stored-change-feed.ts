import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Clock, StateFreshness } from '../pipeline/index.js';
import type { Announcements } from './announcements.js';
import { ChangeFeed } from './change-feed.js';
import type { ChangeStore } from './change.store.js';
import type { Announced, Change, RecordedChange } from './change.js';
import { inTime } from './in-time.js';
import { ReadAbandoned } from './read-abandoned.js';
import { ReadChanges } from './read-changes.js';
import type { Transactions } from './transactions.js';

export interface StoredChangeFeedParts {
  readonly store: ChangeStore;
  readonly transactions: Transactions;
  readonly announcements: Announcements;
  readonly clock: Clock;
  /** After a silence that was longer, listeners are told that everything may have changed. */
  readonly staleAfterMs: number;
  /** How often the store is read, whatever is announced. */
  readonly pollMs?: number;
}

const POLL_MS = 1_000;
const PAGE = 5_000;
/** How long the store may take for a page, and how long at most when it keeps hanging: each attempt may hold a connection. */
const DEADLINE_MS = 2_000;
const LONGEST_DEADLINE_MS = 30_000;

/** `recent`: what was committed late included; only that tells how fresh this node's knowledge is. */
type Reach = 'new' | 'recent';

/**
 * Changes in a store that all nodes share. They are read when another node announces some, and every second in any case;
 * what was read in the last ten seconds is then read again, so that none is missed which was committed late under a
 * small number.
 */
export class StoredChangeFeed extends ChangeFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  /** How far behind this node is. */
  readonly freshness: StateFreshness = { ageMs: () => this.parts.clock.now() - this.heardAt };
  private readonly logger = new Logger('Portcullis');
  private readonly listeners: ((announced: Announced) => void)[] = [];
  private readChanges = new ReadChanges();
  private readonly stopped = new AbortController();
  private heardAt = Number.NEGATIVE_INFINITY;
  private polledAt = Number.NEGATIVE_INFINITY;
  private current: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;
  private wanted: Reach = 'new';
  private timer: NodeJS.Timeout | undefined;
  private isAway = false;
  private hungInARow = 0;

  constructor(private readonly parts: StoredChangeFeedParts) {
    super();
  }

  /** The first reading is waited for. One that fails does not end the start: until one succeeds nothing is fresh. */
  async onApplicationBootstrap(): Promise<void> {
    if (this.timer) return;
    this.parts.announcements.listen(() => void this.ask('new'));
    this.timer = setInterval(() => this.poll(), this.parts.pollMs ?? POLL_MS).unref();
    await this.catchUp();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
    this.stopped.abort();
  }

  override listen(listener: (announced: Announced) => void): void {
    this.listeners.push(listener);
  }

  override async record(changes: readonly Change[]): Promise<void> {
    if (changes.length === 0) return;
    const { store, transactions, clock } = this.parts;
    await transactions.run(async () => {
      let recorded: readonly RecordedChange[] = [];
      await transactions.beforeCommit(async () => {
        recorded = await store.append(changes, new Date(clock.now()));
      });
      await transactions.afterCommit(() => this.spread(recorded));
    });
  }

  /**
   * Reads what this node has not read, and resolves when that has been tried; never rejects. However many ask, one reading
   * is under way and one waits for it.
   */
  catchUp(): Promise<void> {
    return this.ask('recent');
  }

  private async spread(recorded: readonly RecordedChange[]): Promise<void> {
    this.readChanges.takeOwn(recorded, this.parts.clock.now());
    for (const change of recorded) this.tell(change);
    await this.parts.announcements.announce();
  }

  private poll(): void {
    const now = this.parts.clock.now();
    // A clock that was set back must not make what was heard look younger than it is.
    if (now < this.polledAt) this.heardAt -= this.polledAt - now;
    this.polledAt = now;
    void this.ask('recent');
  }

  private ask(reach: Reach): Promise<void> {
    if (reach === 'recent') this.wanted = reach;
    return (this.next ??= this.current.then(() => this.begin()));
  }

  private begin(): Promise<void> {
    const reach = this.wanted;
    this.next = undefined;
    this.wanted = 'new';
    return (this.current = this.attempt(reach));
  }

  private async attempt(reach: Reach): Promise<void> {
    if (this.stopped.signal.aborted) return;
    const { clock } = this.parts;
    const startedAt = clock.now();
    try {
      await this.read(reach, startedAt);
      this.hungInARow = 0;
      // Not later than now: the clock may have been set back meanwhile.
      if (reach === 'recent') this.heardAt = Math.min(startedAt, clock.now());
      if (this.isAway) this.logger.log('The change feed is read again');
      this.isAway = false;
    } catch (error) {
      this.noteFailure(error);
    }
  }

  private async read(reach: Reach, startedAt: number): Promise<void> {
    let page = await this.pageAfter(
      reach === 'new' ? this.readChanges.greatest : this.readChanges.overlapping,
    );
    if (await this.wasPutBack(page, reach, startedAt)) {
      this.beginAnew();
      page = await this.pageAfter(0);
    } else if (startedAt - this.heardAt > this.parts.staleAfterMs && this.heardAt > Number.NEGATIVE_INFINITY)
      this.tell('everything');
    for (;;) {
      for (const change of this.readChanges.take(page, startedAt)) this.tell(change);
      const last = page.at(-1);
      if (page.length < PAGE || !last) break;
      // oxlint-disable-next-line no-await-in-loop -- in the order of the commits
      page = await this.pageAfter(last.sequence);
    }
    if (reach === 'recent') this.readChanges.settle(startedAt);
  }

  private pageAfter(sequence: number): Promise<readonly RecordedChange[]> {
    return this.inTime(this.parts.store.after(sequence, PAGE));
  }

  /** A database that was restored, or lost its last commits when it failed over, gives numbers out a second time. */
  private async wasPutBack(
    page: readonly RecordedChange[],
    reach: Reach,
    startedAt: number,
  ): Promise<boolean> {
    const { readChanges } = this;
    if (readChanges.contradicts(page)) return true;
    const isWhole = page.length < PAGE || (page.at(-1)?.sequence ?? 0) >= readChanges.greatest;
    if (reach === 'new' || !isWhole || !readChanges.missesLastIn(page)) return false;
    if (!readChanges.isLastOver(startedAt)) return true;
    const lastSequence = await this.inTime(this.parts.store.lastSequence());
    if (!Number.isSafeInteger(lastSequence)) throw new TypeError('change feed: no number was the last');
    return lastSequence < readChanges.greatest;
  }

  private beginAnew(): void {
    this.logger.warn('The change feed was put back to an earlier state, and is read from its beginning');
    this.readChanges = new ReadChanges();
    this.tell('everything');
  }

  /** Whoever reads next begins where this one did. */
  private inTime<T>(answer: Promise<T>): Promise<T> {
    return inTime(answer, {
      limitMs: Math.min(DEADLINE_MS * 2 ** this.hungInARow, LONGEST_DEADLINE_MS),
      late: () => new ReadAbandoned(),
      stopped: this.stopped.signal,
    });
  }

  private noteFailure(error: unknown): void {
    if (error instanceof ReadAbandoned) this.hungInARow++;
    if (!this.isAway && !this.stopped.signal.aborted)
      this.logger.warn(`The change feed cannot be read: ${classOf(error)}`);
    this.isAway = true;
  }

  private tell(announced: Announced): void {
    for (const listener of this.listeners) {
      try {
        listener(announced);
      } catch (error) {
        // One that fails must not keep the word from the others.
        this.logger.error(`A listener failed: ${classOf(error)}`);
      }
    }
  }
}

/** Not the message: a driver's may carry what it was told. */
function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : typeof error;
}
