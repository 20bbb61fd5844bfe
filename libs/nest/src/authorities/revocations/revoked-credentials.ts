import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../pipeline/index.js';
import { ChangeFeed, type Change } from '../../state/index.js';
import { ExpiringEntries, isPast, minuteOf } from './expiring-entries.js';

/** What a node asks about before it admits a credential. */
export interface IssuedCredential {
  /** A token's `jti`. */
  readonly tokenId?: string | undefined;
  readonly sessionId?: string | undefined;
  readonly userId: string;
  /** The app that it was issued to. */
  readonly clientId: string;
  /** When its session began, in milliseconds since the epoch. Where it is unknown, every revocation "before" hits it. */
  readonly begunAtMs?: number | undefined;
  /** Left here by whoever found that it is not revoked; for who keeps the object, and asks again at every request. */
  clearAsOf?: Knowledge;
}

/** What a node knew at one time. Told apart by identity: no two nodes, and no two times, have the same. */
export type Knowledge = Readonly<Record<string, never>>;

/** Everything that was begun before a moment holds no more. */
interface Cutoff {
  readonly beforeMs: number;
  readonly expiryMinute: number;
}

const SWEEP_EVERY_MS = 1_000;
const SWEPT_AT_ONCE = 2_000;
const SWEPT_WITH_EACH = 2;

/**
 * Every revocation that can still hit anything, in the memory of this node, fed by the change feed. Asked for each
 * credential, so that none needs the database.
 */
@Injectable()
export class RevokedCredentials implements OnModuleInit, OnApplicationShutdown {
  private readonly tokens = new ExpiringEntries<number>((minute) => minute);
  private readonly sessions = new ExpiringEntries<number>((minute) => minute);
  private readonly users = new ExpiringEntries<Cutoff>(({ expiryMinute }) => expiryMinute);
  private readonly apps = new ExpiringEntries<Cutoff>(({ expiryMinute }) => expiryMinute);
  private all: Cutoff | undefined;
  private knowledge: Knowledge = {};
  private readonly now: () => number;
  private timer: NodeJS.Timeout | undefined;

  constructor(changes: ChangeFeed, clock: Clock) {
    this.now = () => clock.now();
    // 'everything' means copies: what was revoked stays so, and the feed goes on where it had stopped.
    changes.listen((announced) => {
      if (announced !== 'everything') this.hear(announced);
    });
  }

  onModuleInit(): void {
    this.timer = setInterval(() => this.forgetExpired(SWEPT_AT_ONCE), SWEEP_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** How many revocations are remembered, with those that have expired and are not forgotten yet. */
  get size(): number {
    const { tokens, sessions, users, apps, all } = this;
    return tokens.size + sessions.size + users.size + apps.size + (all ? 1 : 0);
  }

  /**
   * Whether it was revoked, as far as this node has heard. On the hot path: some lookups, whatever was revoked; and none for a
   * credential that was clear already when this node heard of a revocation last. What expires makes nothing revoked.
   */
  includes(credential: IssuedCredential): boolean {
    if (credential.clearAsOf === this.knowledge) return false;
    const isRevoked = this.isRevoked(credential);
    if (!isRevoked) credential.clearAsOf = this.knowledge;
    return isRevoked;
  }

  private isRevoked({ tokenId, sessionId, userId, clientId, begunAtMs }: IssuedCredential): boolean {
    const { now } = this;
    return (
      (tokenId !== undefined && this.tokens.get(tokenId, now) !== undefined) ||
      (sessionId !== undefined && this.sessions.get(sessionId, now) !== undefined) ||
      isBefore(begunAtMs, this.users.get(userId, now)) ||
      isBefore(begunAtMs, this.apps.get(clientId, now)) ||
      (this.all !== undefined && !isPast(this.all.expiryMinute, now()) && isBefore(begunAtMs, this.all))
    );
  }

  private hear(change: Change): void {
    const { kind, id, expiresAt } = change;
    if (expiresAt.getTime() <= this.now() || !kind.startsWith('revoked-')) return;
    this.knowledge = {};
    const minute = minuteOf(expiresAt);
    this.forgetExpired(SWEPT_WITH_EACH);
    if (kind === 'revoked-token') this.tokens.set(id, Math.max(minute, this.tokens.get(id, this.now) ?? 0));
    else if (kind === 'revoked-session')
      this.sessions.set(id, Math.max(minute, this.sessions.get(id, this.now) ?? 0));
    else if (kind === 'revoked-user') this.users.set(id, later(this.users.get(id, this.now), change));
    else if (kind === 'revoked-app') this.apps.set(id, later(this.apps.get(id, this.now), change));
    else if (kind === 'revoked-all') this.all = later(this.all, change);
  }

  /** A bounded number at a time: no request waits for it. */
  private forgetExpired(examined: number): void {
    const now = this.now();
    for (const entries of [this.tokens, this.sessions, this.users, this.apps])
      entries.forgetExpired(now, examined);
    if (this.all && isPast(this.all.expiryMinute, now)) this.all = undefined;
  }
}

function isBefore(begunAtMs: number | undefined, cutoff: Cutoff | undefined): boolean {
  // This way round what is no time is before every moment.
  return cutoff !== undefined && !(begunAtMs !== undefined && begunAtMs >= cutoff.beforeMs);
}

/** Of two, whatever either hits, as long as either lasts. A revocation that names no moment hits everything. */
function later(known: Cutoff | undefined, { before, expiresAt }: Change): Cutoff {
  return {
    beforeMs: Math.max(
      before?.getTime() ?? Number.POSITIVE_INFINITY,
      known?.beforeMs ?? Number.NEGATIVE_INFINITY,
    ),
    expiryMinute: Math.max(minuteOf(expiresAt), known?.expiryMinute ?? 0),
  };
}
