import type { messages } from '@electric-sql/pglite';
import { types } from 'pg';

const COMMAND_TAG = /^([A-Za-z]+)(?: (\d+))?(?: (\d+))?/;

export interface ResultField {
  readonly name: string;
  readonly dataTypeID: number;
  readonly format: 'text';
}

/** What one statement answered, in the shape of `pg`: TypeORM decides by `command` what a caller gets. */
export class QueryResult {
  command: string | null = null;
  rowCount: number | null = null;
  fields: ResultField[] = [];
  readonly rows: Record<string, unknown>[] = [];
  #parsers: ((text: string) => unknown)[] = [];

  describe(description: messages.RowDescriptionMessage): void {
    this.fields = description.fields.map((field) => ({ ...field, format: 'text' }));
    this.#parsers = this.fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID));
  }

  add(row: messages.DataRowMessage): void {
    const entries = this.fields.map(({ name }, at): [string, unknown] => {
      const text = row.fields[at] ?? null;
      return [name, text === null ? null : this.#parsers[at]?.(text)];
    });
    this.rows.push(Object.fromEntries(entries));
  }

  complete(tag: string): void {
    const [, command, first, second] = COMMAND_TAG.exec(tag) ?? [];
    const count = second ?? first;
    this.command = command ?? null;
    this.rowCount = count === undefined ? null : Number(count);
  }
}
