import { Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Redis } from 'ioredis';
import {
  ClaimStore,
  temporarilyUnavailable,
  type Claim,
  type Clock,
  type Committed,
  type ReplayJournal,
} from '../../pipeline/index.js';
import { ClaimEpoch } from './claim-epoch.js';
import { COMMIT_CLAIMS } from './commit-claims.script.js';
import { defineScript, type Script } from './define-script.js';
import { ServerIdentity } from './server-identity.js';

export interface RedisClaimStoreOptions {
  /** As `connectRedis` makes it, connected to the server itself. */
  readonly redis: Redis;
  readonly journal: ReplayJournal;
  readonly clock: Clock;
  /** How far ahead of this node's time any node may admit what was issued, the skew between nodes included. */
  readonly maxAheadMs: number;
  /** How far the clocks of nodes may be apart. 2,000. */
  readonly nodeSkewMs?: number;
  /** Begins every key; nodes that share claims share it. */
  readonly keyPrefix?: string;
}

const HEARTBEAT_MS = 1_000;
/** Less than another node watches (4 s) before it takes over in its own memory, by what a commit takes. */
const CONFIRMED_FOR_MS = 3_500;
const DEFAULT_NODE_SKEW_MS = 2_000;

type Answer = readonly ['committed' | 'used' | 'forgotten' | 'detached', number];

/**
 * Claims that nodes share, one round trip each. A server that lost its memory is noticed by the commit itself: what may
 * have been admitted before is refused from then on. Throws a `temporarily_unavailable` problem when Redis, or after a
 * loss the journal, does not answer in time; and while the journal has not confirmed for seconds that claims are still
 * shared, for another node may reach it and begin to admit for itself.
 */
export class RedisClaimStore extends ClaimStore implements OnModuleInit, OnApplicationShutdown {
  private readonly identity: ServerIdentity;
  private readonly epoch: ClaimEpoch;
  private readonly commitClaims: Script;
  private readonly prefix: string;
  private readonly logger = new Logger('Portcullis');
  private attaching: Promise<void> | undefined;
  private heartbeat: NodeJS.Timeout | undefined;
  private joined = false;
  private superseded = false;
  /** By `performance.now()`: a clock that is set back would put the end off. */
  private confirmedAt = Number.NEGATIVE_INFINITY;
  private readonly nodeSkewMs: number;

  /** Throws a `TypeError` for a client that queues or resends commands. */
  constructor(private readonly options: RedisClaimStoreOptions) {
    super();
    const { redis, journal, clock, maxAheadMs, keyPrefix = 'portcullis:' } = options;
    this.nodeSkewMs = options.nodeSkewMs ?? DEFAULT_NODE_SKEW_MS;
    // The braces make a cluster keep all of it in one slot, where one script reaches it.
    this.prefix = `${keyPrefix}{claims}:`;
    this.identity = new ServerIdentity(redis);
    this.epoch = new ClaimEpoch({ redis, journal, clock, maxAheadMs, prefix: this.prefix });
    this.commitClaims = defineScript(redis, 'portcullisCommitClaims', COMMIT_CLAIMS);
  }

  /** A loss is noticed with the new connection, not with the first request on it. */
  onModuleInit(): void {
    const attach = () => void this.attach().catch(() => undefined);
    this.options.redis.on('ready', attach);
    if (this.options.redis.status === 'ready') attach();
    this.heartbeat = setInterval(() => void this.beat(), HEARTBEAT_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.heartbeat);
  }

  override async commit(claims: readonly Claim[]): Promise<Committed> {
    if (new Set(claims.map(({ key }) => key)).size < claims.length)
      throw new TypeError('one request makes one claim twice');
    this.refuseUnlessShared();
    this.refuseIssuedAhead(claims);
    const committed = await this.tryTwice(claims).catch(() => {
      throw temporarilyUnavailable('claim_store_unavailable');
    });
    if (!committed) throw temporarilyUnavailable('claim_store_detached');
    // A process that was busy reads an answer late.
    this.refuseUnlessShared();
    return committed;
  }

  override isUsable(): boolean {
    return this.joined && !this.superseded && !this.isUnconfirmed();
  }

  private refuseUnlessShared(): void {
    if (this.superseded) throw temporarilyUnavailable('claim_store_superseded');
    if (this.isUnconfirmed()) throw temporarilyUnavailable('claim_store_unconfirmed');
  }

  /** After a loss such a claim could be had twice. Layers refuse it earlier; this keeps them in step. */
  private refuseIssuedAhead(claims: readonly Claim[]): void {
    const latest = this.options.clock.now() + this.options.maxAheadMs;
    if (!claims.every(({ issuedAt }) => issuedAt <= latest))
      throw temporarilyUnavailable('claim_issued_too_far_ahead');
  }

  private async tryTwice(claims: readonly Claim[]): Promise<Committed | undefined> {
    if (!this.joined) await this.attach();
    const committed = await this.tryCommit(claims);
    if (committed) return committed;
    await this.attach();
    return this.tryCommit(claims);
  }

  /** Undefined: Redis does not know this life of its memory. */
  private async tryCommit(claims: readonly Claim[]): Promise<Committed | undefined> {
    if (this.identity.current === undefined) await this.identity.read();
    const keys = [this.epoch.key, ...claims.map(({ key }) => `${this.prefix}once:${key}`)];
    const now = this.options.clock.now();
    const over = this.findOver(claims, now);
    if (over) return { outcome: 'forgotten', claim: over };
    const times = claims.flatMap(({ issuedAt, expiresAt }) => [
      issuedAt,
      // A duration, for the server's clock is not ours.
      Math.ceil(expiresAt - now),
    ]);
    const [outcome, index] = (await this.commitClaims(keys, [this.runId(), ...times])) as Answer;
    if (outcome === 'detached') return undefined;
    if (outcome !== 'committed') return { outcome, claim: claims[index] as Claim };
    // It may have been let go of, and so been free again, while the command was under way.
    const overSince = this.findOver(claims, this.options.clock.now());
    return overSince ? { outcome: 'forgotten', claim: overSince } : { outcome };
  }

  /** One that a node whose clock is ahead lets go of already. */
  private findOver(claims: readonly Claim[], now: number): Claim | undefined {
    return claims.find(({ expiresAt }) => !(expiresAt - now > this.nodeSkewMs));
  }

  private async attach(): Promise<void> {
    if (this.superseded) return;
    this.attaching ??= this.attachOnce().finally(() => (this.attaching = undefined));
    await this.attaching;
  }

  private async attachOnce(): Promise<void> {
    if (this.identity.current === undefined) await this.identity.read();
    if (this.joined) {
      await this.epoch.attach(this.runId());
      return;
    }
    const askedAt = performance.now();
    await this.epoch.join(this.runId());
    this.confirmedAt = askedAt;
    this.joined = true;
  }

  /** Where no heartbeat runs nobody would ever confirm it. */
  private isUnconfirmed(): boolean {
    return (
      this.joined && this.heartbeat !== undefined && performance.now() - this.confirmedAt > CONFIRMED_FOR_MS
    );
  }

  /** What a process admits in its own memory this one cannot know: the two must not admit at the same time. */
  private async beat(): Promise<void> {
    if (this.superseded) return;
    if (!this.joined) {
      // A node that is not ready gets no request that would make it join.
      await this.attach().catch(() => undefined);
      return;
    }
    const askedAt = performance.now();
    const isStillShared = await this.options.journal.isStillShared().catch(() => undefined);
    if (isStillShared === true) this.confirmedAt = Math.max(this.confirmedAt, askedAt);
    if (isStillShared !== false) return;
    this.superseded = true;
    this.logger.error(
      'Another node keeps its replay state in memory on this database: what has to be claimed is refused here',
    );
  }

  /** To be sent in the same turn. */
  private runId(): string {
    const { current } = this.identity;
    if (current === undefined) throw new Error('The connection changed meanwhile');
    return current;
  }
}
