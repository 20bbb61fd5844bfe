import type { QueryResult } from './query-result.js';
import type { Session } from './session.js';

/**
 * The right to use the only session there is. While it lasts nobody else's statement can slip into this
 * holder's transaction; when it ends, whatever the holder left open is rolled back before the next one.
 */
export class Lease {
  #work: Promise<unknown> = Promise.resolve();
  #refusal: Error | undefined;
  #expired = false;
  #end: Promise<void> | undefined;

  constructor(
    private readonly session: Session,
    private readonly onEnd: () => void,
  ) {}

  run(text: string, values?: readonly unknown[]): Promise<QueryResult | QueryResult[]> {
    if (this.#refusal) return Promise.reject(this.#refusal);
    const answer = this.#work.then(() => {
      if (this.#expired && this.#refusal) throw this.#refusal;
      return this.session.send(text, values);
    });
    this.#work = answer.catch(() => undefined);
    return answer;
  }

  /** The holder is done: what it had already asked for still runs. */
  release(): Promise<void> {
    return this.#finish(new Error('The connection has been released'));
  }

  /** The holder is cut off: what it had queued does not run any more. */
  revoke(reason: Error): Promise<void> {
    this.#expired ||= !this.#refusal;
    return this.#finish(reason);
  }

  #finish(reason: Error): Promise<void> {
    this.#refusal ??= reason;
    this.#end ??= this.#work.then(() => this.#tidyUp()).finally(this.onEnd);
    return this.#end;
  }

  async #tidyUp(): Promise<void> {
    if (this.session.idle) return;
    try {
      await this.session.send('ROLLBACK');
    } catch (error) {
      // Handing on a session with somebody's open transaction would mix two callers' work.
      this.session.fail(error as Error);
      throw error;
    }
  }
}
