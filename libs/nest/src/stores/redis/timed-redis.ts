import { Redis, type Command, type RedisOptions } from 'ioredis';
import { afterReading } from '../../state/index.js';

/**
 * A client that gives up a command which Redis has not answered in time, and a connection on which it stays silent for twice
 * as long: commands must neither pile up behind it nor wait for a network that comes back slower than a new connection is
 * made.
 *
 * The trap in the options of `ioredis` that promise the same (`commandTimeout`, `socketTimeout`): timers run before what
 * has arrived is read. A process that was busy for longer takes its own slowness for that of Redis, and answers 503 for
 * what has been committed.
 */
export class TimedRedis extends Redis {
  constructor(
    private readonly commandTimeoutMs: number,
    ...where: [options: RedisOptions] | [url: string, options: RedisOptions]
  ) {
    super(...(where as [string, RedisOptions]));
  }

  override duplicate(override: Partial<RedisOptions> = {}): TimedRedis {
    return new TimedRedis(this.commandTimeoutMs, { ...this.options, ...override });
  }

  override sendCommand(...sent: Parameters<Redis['sendCommand']>): unknown {
    const answer = super.sendCommand(...sent);
    this.limit(sent[0]);
    return answer;
  }

  private limit(command: Command): void {
    const { stream, commandTimeoutMs } = this;
    const readBefore = stream?.bytesRead;
    const callOff = afterReading(commandTimeoutMs, () => {
      command.reject(new Error('Command timed out'));
      afterReading(commandTimeoutMs, () => {
        if (this.stream === stream && stream.bytesRead === readBefore)
          stream.destroy(new Error(`Silent for ${2 * commandTimeoutMs} ms`));
      });
    });
    command.promise.then(callOff, callOff);
  }
}
