import type { Redis } from 'ioredis';

/**
 * Which server process a client speaks to at this moment. A server that lost its data is a new process, or another
 * one; its `run_id` says so.
 *
 * The trap: the client reconnects by itself, and what was read on one connection must not be said on the next, whose
 * server may be another. So the run id belongs to the connection it was read on (its stream), and `current` answers only
 * while the client still writes to that very stream. Whoever reads `current` and sends in the same turn, without an
 * `await` between, sends on that connection or not at all: such a client queues nothing for later and resends nothing,
 * which the constructor makes sure of. A proxy that changes the server behind a standing connection defeats this:
 * the client must be connected to Redis itself.
 */
export class ServerIdentity {
  private known: { readonly stream: Redis['stream']; readonly runId: string } | undefined;

  /** Throws a `TypeError` for a client that might send a command on a connection it was not meant for. */
  constructor(private readonly redis: Redis) {
    const { enableOfflineQueue, autoResendUnfulfilledCommands, enableAutoPipelining } = redis.options;
    if (enableOfflineQueue || autoResendUnfulfilledCommands || enableAutoPipelining)
      throw new TypeError(
        'redis: expected a client that never queues and never resends, as connectRedis makes it',
      );
  }

  get current(): string | undefined {
    return this.known?.stream === this.redis.stream ? this.known?.runId : undefined;
  }

  /** Makes `current` known. Throws what the client throws. */
  async read(): Promise<void> {
    const { stream } = this.redis;
    const runId = /^run_id:(\S+)/m.exec(await this.redis.info('server'))?.[1];
    if (runId === undefined) throw new Error('Redis does not say which process it is');
    this.known = { stream, runId };
  }
}
