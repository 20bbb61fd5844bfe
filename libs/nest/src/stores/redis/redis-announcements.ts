import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Announcements, CHANGE_KINDS, type Announced, type Change } from '../../state/index.js';
import { LocalAnnouncements } from '../memory/index.js';
import { logOncePerOutage } from './connect-redis.js';

export interface RedisAnnouncementsOptions {
  /** Announces; what it hears comes over a connection of its own. */
  readonly redis: Redis;
  /** Begins the channel's name; nodes that share changes share it. */
  readonly keyPrefix?: string;
}

const changeSchema = z.object({ kind: z.enum(CHANGE_KINDS), id: z.string() });

/**
 * Announcements over all nodes, by publish and subscribe, which keeps nothing for who is away: when the subscription is
 * lost, and again when it is back, listeners hear `everything`. A node hears its own words a second time.
 */
export class RedisAnnouncements extends Announcements implements OnApplicationShutdown {
  private readonly local = new LocalAnnouncements();
  private readonly redis: Redis;
  private readonly subscriber: Redis;
  private readonly channel: string;
  private subscribed = false;

  constructor({ redis, keyPrefix = 'portcullis:' }: RedisAnnouncementsOptions) {
    super();
    this.redis = redis;
    this.channel = `${keyPrefix}announcements`;
    this.subscriber = redis.duplicate({ autoResubscribe: false });
    logOncePerOutage(this.subscriber);
    this.subscriber.on('ready', () => void this.subscribe());
    this.subscriber.on('close', () => this.lose());
    this.subscriber.on('message', (_channel: string, message: string) => this.hear(message));
  }

  override async announce(change: Change): Promise<void> {
    this.local.tell(change);
    // Who misses this has lost the subscription or reads again in time.
    await this.redis.publish(this.channel, JSON.stringify(change)).catch(() => undefined);
  }

  override listen(listener: (announced: Announced) => void): void {
    this.local.listen(listener);
  }

  async close(): Promise<void> {
    this.subscribed = false;
    this.subscriber.disconnect();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private async subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.channel);
      this.subscribed = true;
      this.local.tell('everything');
    } catch {
      // Connected and deaf would go unnoticed: a new connection tries again.
      if (this.subscriber.status === 'ready') this.subscriber.disconnect(true);
    }
  }

  private lose(): void {
    if (!this.subscribed) return;
    this.subscribed = false;
    this.local.tell('everything');
  }

  private hear(message: string): void {
    const change = changeOf(message);
    if (change) this.local.tell(change);
  }
}

/** Whoever reaches this Redis can publish anything. */
function changeOf(message: string): Change | undefined {
  try {
    return changeSchema.safeParse(JSON.parse(message)).data;
  } catch {
    return undefined;
  }
}
