import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { KeyRing, parseOpaqueKey } from '../../crypto/index.js';
import { SessionKeys, type UserCredential } from '../../layers/user/index.js';
import { Clock } from '../../pipeline/index.js';
import { ChangeFeed, FreshCache, type Announced } from '../../state/index.js';
import { RevokedCredentials, type IssuedCredential } from '../revocations/index.js';
import { SessionOptions } from './session.options.js';
import { SessionStore, type SessionRecord } from './session.store.js';

interface Entry {
  readonly session: SessionRecord;
  readonly issued: IssuedCredential;
  /** How many changes of apps this node had heard of when it was read. */
  readonly appChanges: number;
  readonly readAt: number;
  lastUsedAt: number;
}

/** The purpose of a session secret's keyed hash. */
export const SESSION_SECRET = 'session secret';

/** Copies this old are read again: what another node has seen of a session's use is then known here. */
const MAX_AGE_MS = 60_000;
const CAPACITY = 100_000;

/**
 * Live sessions that have a key, from memory after a node's first sight of them. The last uses of these, and of sessions
 * with tokens, are gathered and written behind, so that an admitted request writes nothing.
 */
@Injectable()
export class SessionDirectory extends SessionKeys implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Portcullis');
  private readonly entries: FreshCache<Entry>;
  private readonly unwritten = new Map<string, number>();
  private appChanges = 0;
  /** By app, the number of its last change. An app that is removed takes its sessions along, and its id may return. */
  private readonly lastChangeOf = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: SessionStore,
    private readonly keyRing: KeyRing,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
    changes: ChangeFeed,
    private readonly revoked: RevokedCredentials,
  ) {
    super();
    const load = (id: string) => this.load(id);
    this.entries = new FreshCache({ clock, maxAgeMs: MAX_AGE_MS, capacity: CAPACITY, load });
    changes.listen((announced) => this.hear(announced));
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), this.options.lastUseFlushMs).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  override find(key: string): UserCredential | undefined | Promise<UserCredential | undefined> {
    const parsed = parseOpaqueKey(key);
    if (!parsed) return undefined;
    const remembered = this.entries.peek(parsed.id);
    if (remembered && !this.isCurrent(remembered)) this.entries.drop(parsed.id);
    const entry = this.entries.get(parsed.id);
    return entry instanceof Promise
      ? entry.then((found) => this.judge(found, parsed.secret))
      : this.judge(entry, parsed.secret);
  }

  override noteUse(sessionId: string): void {
    const now = this.clock.now();
    this.unwritten.set(sessionId, now);
    const entry = this.entries.peek(sessionId);
    if (entry) entry.lastUsedAt = now;
  }

  private hear(announced: Announced): void {
    if (announced === 'everything') this.entries.clear();
    else if (announced.kind === 'revoked-session') this.entries.drop(announced.id);
    else if (announced.kind === 'app') this.lastChangeOf.set(announced.id, ++this.appChanges);
  }

  private judge(entry: Entry | undefined, secret: string): UserCredential | undefined {
    if (!entry || !this.keyRing.matchesHash(SESSION_SECRET, secret, entry.session.secretHash))
      return undefined;
    const { id, userId, appId, scopes, expiresAt } = entry.session;
    const now = this.clock.now();
    // This way round what is no time is over.
    if (!(now < expiresAt.getTime() && this.isInUse(entry, now))) return undefined;
    if (this.revoked.includes(entry.issued)) return undefined;
    return { kind: 'session', id, userId, clientId: appId, granted: scopes };
  }

  private isCurrent(entry: Entry): boolean {
    const { session, appChanges, readAt } = entry;
    // Another node may have used it since, and have written that down. One that was idle already was used by none.
    const wentIdle = !this.isInUse(entry, this.clock.now()) && this.isInUse(entry, readAt);
    return !wentIdle && appChanges >= (this.lastChangeOf.get(session.appId) ?? 0);
  }

  private isInUse({ lastUsedAt }: Entry, nowMs: number): boolean {
    return nowMs - lastUsedAt < this.options.idleForSureAfterMs;
  }

  private async load(id: string): Promise<Entry | undefined> {
    const { appChanges } = this;
    const readAt = this.clock.now();
    const session = await this.store.find(id);
    // One with tokens is not found by a key.
    if (session?.kind !== 'opaque') return undefined;
    const seen = this.unwritten.get(id) ?? 0;
    const { userId, appId, createdAt } = session;
    const issued = { sessionId: id, userId, clientId: appId, begunAtMs: createdAt.getTime() };
    const lastUsedAt = Math.max(session.lastUsedAt.getTime(), seen);
    return { session, issued, appChanges, readAt, lastUsedAt };
  }

  /** What could not be written is written next time. */
  private async flush(): Promise<void> {
    if (this.unwritten.size === 0) return;
    const written = new Map(this.unwritten);
    try {
      await this.store.touch(new Map([...written].map(([id, at]) => [id, new Date(at)])));
    } catch (error) {
      const name = error instanceof Error ? error.name : typeof error;
      this.logger.warn(`the last use of ${written.size} sessions is not written yet: ${name}`);
      return;
    }
    for (const [id, at] of written) if (this.unwritten.get(id) === at) this.unwritten.delete(id);
  }
}
