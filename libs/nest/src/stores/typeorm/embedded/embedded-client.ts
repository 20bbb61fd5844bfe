import { EventEmitter } from 'node:events';

import type { Lease } from './lease.js';
import type { QueryResult } from './query-result.js';

export type QueryAnswer = QueryResult | QueryResult[];
export type QueryCallback = (error: Error | null, result?: QueryAnswer) => void;
export type QueryText = string | { readonly text: string; readonly values?: readonly unknown[] };

/** What the pool of `pg` would hand out: a connection, valid until released. */
export class EmbeddedClient extends EventEmitter {
  constructor(
    private readonly lease: Lease,
    private readonly onReleaseFailed: (error: Error) => void,
  ) {
    super();
  }

  query(query: QueryText, callback: QueryCallback): void;
  query(query: QueryText, values: readonly unknown[] | undefined, callback: QueryCallback): void;
  query(query: QueryText, values?: readonly unknown[]): Promise<QueryAnswer>;
  query(
    query: QueryText,
    second?: readonly unknown[] | QueryCallback,
    third?: QueryCallback,
  ): Promise<QueryAnswer> | void {
    const callback = typeof second === 'function' ? second : third;
    const given = typeof second === 'function' ? undefined : second;
    const { text, values } = typeof query === 'string' ? { text: query, values: undefined } : query;
    const answer = this.lease.run(text, given ?? values);
    if (!callback) return answer;
    answer.then(
      (result) => callback(null, result),
      (error: Error) => callback(error),
    );
  }

  /** Returns at once as in `pg`; the next holder comes only after the clean-up. */
  readonly release = (): void => {
    this.lease.release().catch(this.onReleaseFailed);
  };

  /** Ends the connection under its holder, as a closing pool must. */
  async close(reason: Error): Promise<void> {
    await this.lease.revoke(reason).catch(this.onReleaseFailed);
  }
}
