import Table from 'cli-table3';
import type { Row } from './admin-api.js';
import { printable, printableJson, printableLines } from './printable.js';
import type { Terminal } from './terminal.js';

/** A heading, and which member of a row stands under it, or what is made of the row. */
export type Column = readonly [heading: string, member: string | ((row: Row) => unknown)];

const NOTHING = '-';
const NO_LINES = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('middle')
    .map((name) => [name, '']),
);

/** What a command has to tell, on stdout: tables for people, exactly one JSON value for programs. */
export class Output {
  constructor(private readonly terminal: Terminal) {}

  get speaksJson(): boolean {
    return this.terminal.speaksJson;
  }

  /** What is said instead of an empty table. */
  list(rows: readonly Row[], columns: readonly Column[], ifNone: string): void {
    if (this.speaksJson) return this.json(rows);
    this.text(rows.length === 0 ? ifNone : tableOf(rows, columns));
  }

  /** One thing, a line for each member. */
  show(row: Row, columns: readonly Column[]): void {
    if (this.speaksJson) return this.json(row);
    this.text(linesOf(row, columns));
  }

  /** What was done: a sentence, or a value. */
  done(sentence: string, value: Row): void {
    if (this.speaksJson) return this.json(value);
    this.text(printable(sentence));
  }

  json(value: unknown): void {
    process.stdout.write(`${this.terminal.withoutSecrets(printableJson(value))}\n`);
  }

  text(lines: string): void {
    process.stdout.write(`${this.terminal.withoutSecrets(printableLines(lines))}\n`);
  }
}

export function tableOf(rows: readonly Row[], columns: readonly Column[]): string {
  const table = new Table({ head: columns.map(([heading]) => heading), chars: NO_LINES, style: STYLE });
  for (const row of rows) table.push(columns.map((column) => cell(row, column)));
  return trimmed(table);
}

function linesOf(row: Row, columns: readonly Column[]): string {
  const table = new Table({ chars: NO_LINES, style: STYLE });
  for (const column of columns) table.push([column[0], cell(row, column)]);
  return trimmed(table);
}

const STYLE = { head: [], border: [], 'padding-left': 0, 'padding-right': 2 };

function trimmed(table: Table.Table): string {
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function cell(row: Row, [, member]: Column): string {
  return printable(textOf(typeof member === 'string' ? row[member] : member(row)));
}

function textOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return NOTHING;
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : value.map(textOf).join(' ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number);
}
