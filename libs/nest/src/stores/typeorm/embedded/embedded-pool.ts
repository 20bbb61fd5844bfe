import { EventEmitter } from 'node:events';

import { EmbeddedClient, type QueryAnswer, type QueryText } from './embedded-client.js';
import type { EmbeddedDatabase } from './embedded-database.js';

type Release = () => void;
type ConnectCallback = (error: Error | undefined, client?: EmbeddedClient, release?: Release) => void;
type EndCallback = (error?: Error) => void;

/** The face of `pg.Pool` over a database that has room for one connection. */
export class EmbeddedPool extends EventEmitter {
  #ended = false;
  #client: EmbeddedClient | undefined;

  constructor(private readonly database: EmbeddedDatabase) {
    super();
  }

  connect(callback: ConnectCallback): void;
  connect(): Promise<EmbeddedClient>;
  connect(callback?: ConnectCallback): Promise<EmbeddedClient> | void {
    const connected = this.#connect();
    if (!callback) return connected;
    connected.then(
      (client) => callback(undefined, client, client.release),
      (error: Error) => callback(error),
    );
  }

  async query(query: QueryText, values?: readonly unknown[]): Promise<QueryAnswer> {
    const client = await this.#connect();
    try {
      return await client.query(query, values);
    } finally {
      client.release();
    }
  }

  end(callback: EndCallback): void;
  end(): Promise<void>;
  end(callback?: EndCallback): Promise<void> | void {
    const ended = this.#end();
    if (!callback) return ended;
    ended.then(
      () => callback(),
      (error: Error) => callback(error),
    );
  }

  async #connect(): Promise<EmbeddedClient> {
    if (this.#ended) throw closed();
    const lease = await this.database.lease(this);
    const client = new EmbeddedClient(lease, (error) => this.emit('error', error));
    if (this.#ended) {
      client.release();
      throw closed();
    }
    this.#client = client;
    return client;
  }

  async #end(): Promise<void> {
    this.#ended = true;
    await this.#client?.close(closed());
    await this.database.leave(this);
  }
}

function closed(): Error {
  return new Error('The pool of the embedded database has been closed');
}
