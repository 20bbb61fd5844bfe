import type { OnApplicationShutdown } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Announcements } from '../../state/index.js';
import { LocalAnnouncements } from '../memory/index.js';
import { logOncePerOutage } from './connect-redis.js';

export interface RedisAnnouncementsOptions {
  /** Announces; what it hears comes over a connection of its own. */
  readonly redis: Redis;
  /** Begins the channel's name; nodes that share changes share it. */
  readonly keyPrefix?: string;
}

/**
 * Announcements over all nodes, by publish and subscribe, which keeps nothing for who is away: when the subscription is
 * back, listeners are called for what may have been missed.
 */
export class RedisAnnouncements extends Announcements implements OnApplicationShutdown {
  private readonly local = new LocalAnnouncements();
  private readonly redis: Redis;
  private readonly subscriber: Redis;
  private readonly channel: string;
  private isClosed = false;
  private isSubscribed = false;

  constructor({ redis, keyPrefix = 'portcullis:' }: RedisAnnouncementsOptions) {
    super();
    this.redis = redis;
    this.channel = `${keyPrefix}announcements`;
    this.subscriber = redis.duplicate({ autoResubscribe: false });
    logOncePerOutage(this.subscriber);
    this.subscriber.on('ready', () => void this.subscribe());
    this.subscriber.on('close', () => (this.isSubscribed = false));
    // Whatever it says: whoever reaches this Redis can publish anything.
    this.subscriber.on('message', () => this.hear());
  }

  override async announce(): Promise<void> {
    await this.redis.publish(this.channel, '').catch(() => undefined);
  }

  override listen(listener: () => void): void {
    this.local.listen(listener);
  }

  override isHeard(): boolean {
    return this.isSubscribed;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.subscriber.disconnect();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private async subscribe(): Promise<void> {
    try {
      await this.subscriber.subscribe(this.channel);
      this.isSubscribed = true;
      this.hear();
    } catch {
      // Connected and deaf would go unnoticed: a new connection tries again.
      if (this.subscriber.status === 'ready') this.subscriber.disconnect(true);
    }
  }

  private hear(): void {
    if (!this.isClosed) void this.local.announce();
  }
}
