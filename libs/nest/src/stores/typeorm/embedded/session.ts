import { type messages, type PGlite, protocol } from '@electric-sql/pglite';

import { prepareValue } from './prepare-value.js';
import { QueryResult } from './query-result.js';

const { serialize } = protocol;

/**
 * The one conversation with the embedded server. It speaks the wire protocol rather than PGlite's own
 * query API, because only there come the command tag, the transaction status and the untouched text of
 * every value, which `pg` builds its answers from.
 */
export class Session {
  #idle = true;
  #failure: Error | undefined;

  constructor(private readonly server: Pick<PGlite, 'execProtocol'>) {}

  /** Whether nothing is open: true only after the server said so. */
  get idle(): boolean {
    return this.#idle;
  }

  /** From here on every query fails: what the server would do next is not known to be safe. */
  fail(reason: Error): void {
    this.#failure ??= reason;
  }

  async send(text: string, values: readonly unknown[] = []): Promise<QueryResult | QueryResult[]> {
    if (this.#failure) throw this.#failure;
    const request = values.length === 0 ? serialize.query(text) : boundQuery(text, values);
    this.#idle = false;
    const answer = await this.server.execProtocol(request, { throwOnError: false });
    return this.#read(answer.messages);
  }

  #read(answer: readonly messages.BackendMessage[]): QueryResult | QueryResult[] {
    const results: QueryResult[] = [];
    let current = new QueryResult();
    let error: Error | undefined;
    for (const message of answer) {
      if (message instanceof protocol.messages.RowDescriptionMessage) current.describe(message);
      else if (message instanceof protocol.messages.DataRowMessage) current.add(message);
      else if (message instanceof protocol.messages.CommandCompleteMessage) {
        current.complete(message.text);
        results.push(current);
        current = new QueryResult();
      } else if (message instanceof protocol.messages.DatabaseError) error ??= message;
      else if (message instanceof protocol.messages.ReadyForQueryMessage) this.#idle = message.status === 'I';
    }
    if (error) throw error;
    return results.length > 1 ? results : (results[0] ?? current);
  }
}

/** One request for the whole exchange, so that an error in any part ends at its Sync. */
function boundQuery(text: string, values: readonly unknown[]): Uint8Array {
  return Buffer.concat([
    serialize.parse({ text }),
    serialize.bind({ values: values.map(prepareValue) }),
    serialize.describe({ type: 'P' }),
    serialize.execute({}),
    serialize.sync(),
  ]);
}
