import type { EventEmitter } from 'node:events';
import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Announcements, inTime } from '../../state/index.js';
import { LocalAnnouncements } from '../memory/index.js';
import { CHANGE_CHANNEL } from './change-channel.js';

/** What is used of a client of `pg`. */
interface ListeningClient extends EventEmitter {
  connect(): Promise<unknown>;
  query(sql: string): Promise<{ readonly rows: readonly { readonly channel?: string }[] }>;
  end(): Promise<void>;
  unref(): void;
}

/** What is used of the pool that TypeORM's driver keeps; the embedded database's has no clients to make. */
interface Pool {
  readonly Client?: new (options: object) => ListeningClient;
  readonly options?: { readonly password?: unknown };
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 1_000;
/** How often the connection is asked whether it is still one, and how long it may take to answer. */
const LOOK_EVERY_MS = 10_000;
const PATIENCE_MS = 2_000;

/**
 * Announcements over all nodes by `LISTEN`, over a connection of its own beside the pool of the data source, made when the
 * first listener comes. `NOTIFY` is sent by whoever records a change, within the transaction. It keeps nothing for who is
 * away: when the connection is back, listeners are called for what may have been missed.
 */
export class PostgresAnnouncements extends Announcements implements OnApplicationShutdown {
  private readonly logger = new Logger('Portcullis');
  private readonly local = new LocalAnnouncements();
  private phase: 'unopened' | 'open' | 'closed' = 'unopened';
  private client: ListeningClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failuresInARow = 0;
  private isListening = false;

  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async announce(): Promise<void> {
    // The commit has sent it.
  }

  override listen(listener: () => void): void {
    this.local.listen(listener);
    if (this.phase !== 'unopened') return;
    this.phase = 'open';
    void this.connect();
  }

  override isHeard(): boolean {
    return this.isListening;
  }

  async close(): Promise<void> {
    this.phase = 'closed';
    clearTimeout(this.timer);
    this.drop();
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  private async connect(): Promise<void> {
    const { master } = this.dataSource.driver as unknown as { readonly master?: Pool };
    if (master && !master.Client) return;
    const client = master?.Client && new master.Client(optionsOf(master));
    this.client = client;
    // Also while it connects: an error that nobody listens to would end the process.
    client?.on('error', (error: Error) => this.lose(client, error));
    client?.on('end', () => this.lose(client));
    client?.on('notification', () => void this.local.announce());
    try {
      if (!client) throw new Error('The data source is not initialised');
      await client.connect();
      client.unref();
      const { rows } = await client.query(`SELECT ${CHANGE_CHANNEL} AS channel`);
      await client.query(`LISTEN "${rows[0]?.channel}"`);
      if (this.client === client) this.open(client);
    } catch (error) {
      this.lose(client, error);
    }
  }

  private open(client: ListeningClient): void {
    if (this.failuresInARow > 0) this.logger.log('The announcements of the database are heard again');
    this.failuresInARow = 0;
    this.isListening = true;
    this.later(LOOK_EVERY_MS, () => this.look(client));
    void this.local.announce();
  }

  /** Who only listens does not notice that nobody speaks any more. */
  private async look(client: ListeningClient): Promise<void> {
    const late = () => new Error('The connection is silent');
    try {
      await inTime(client.query('SELECT 1'), { limitMs: PATIENCE_MS, late });
      if (this.client === client) this.later(LOOK_EVERY_MS, () => this.look(client));
    } catch (error) {
      this.lose(client, error);
    }
  }

  private lose(client: ListeningClient | undefined, error?: unknown): void {
    if (this.phase !== 'open' || this.client !== client) return;
    this.drop();
    // The class alone: a driver's message may carry what it was told.
    if (this.failuresInARow === 0)
      this.logger.warn(`The announcements of the database are not heard: ${classOf(error)}`);
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.failuresInARow, LONGEST_DELAY_MS);
    this.failuresInARow++;
    this.later(delayMs, () => this.connect());
  }

  private drop(): void {
    const { client } = this;
    this.client = undefined;
    this.isListening = false;
    client?.end().catch(() => undefined);
  }

  private later(afterMs: number, work: () => Promise<void>): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void work(), afterMs).unref();
  }
}

/** The pool hides the password from whoever copies its options. */
function optionsOf({ options }: Pool): object {
  return {
    ...options,
    password: options?.password,
    keepAlive: true,
    connectionTimeoutMillis: PATIENCE_MS,
  };
}

function classOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : 'the connection ended';
}
