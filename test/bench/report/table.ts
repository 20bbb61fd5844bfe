import { ADAPTERS, LAYER_STEPS } from '../modes/compare.js';
import type { Rounds } from '../rounds.js';
import { rounded } from './statistics.js';

export interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicroseconds: number;
  /** Over the same server without checks. */
  readonly addedMicroseconds: number;
}

function rowOf(rounds: Rounds, name: string, base: string): Row {
  return {
    name,
    perSecond: Math.round(rounds.of(name, 'perSecond')),
    p50Ms: rounded(rounds.of(name, 'p50Ms')),
    p99Ms: rounded(rounds.of(name, 'p99Ms')),
    cpuMicroseconds: rounded(rounds.of(name, 'cpuMicroseconds'), 1),
    addedMicroseconds: rounded(
      rounds.ratio((of) => of(name) - of(base), 'cpuMicroseconds'),
      1,
    ),
  };
}

export function compareRows(rounds: Rounds): Row[] {
  const stacks = ADAPTERS.flatMap((adapter) => {
    const base = `${adapter} bare-nest`;
    return [base, `${adapter} peer`, `${adapter} portcullis`].map((name) => rowOf(rounds, name, base));
  });
  const others = ['fastify portcullis, RFC 9421', 'fastify portcullis, ES256 users'];
  return [
    rowOf(rounds, 'node:http', 'node:http'),
    rowOf(rounds, 'floor', 'node:http'),
    ...stacks,
    ...others.map((name) => rowOf(rounds, name, 'fastify bare-nest')),
  ];
}

/** What each layer adds to the one before it. */
export function layerRows(rounds: Rounds): Row[] {
  const names = [...LAYER_STEPS.map((step) => `fastify ${step}`), 'fastify portcullis'];
  return names.map((name, at) => rowOf(rounds, name, names[at - 1] ?? 'fastify bare-nest'));
}

/** Each over the first. */
export function plainRows(rounds: Rounds, names: readonly string[]): Row[] {
  return names.map((name) => rowOf(rounds, name, names[0] ?? name));
}

/** A table in Markdown, to be pasted into the docs as it is. */
export function formatTable(rows: readonly Row[]): string {
  const head = ['', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs', 'added µs'];
  const cells = rows.map((row) => [
    row.name,
    row.perSecond.toLocaleString('en-GB'),
    row.p50Ms.toFixed(2),
    row.p99Ms.toFixed(2),
    row.cpuMicroseconds.toFixed(1),
    row.addedMicroseconds.toFixed(1),
  ]);
  const widths = head.map((title, at) =>
    Math.max(title.length, ...cells.map((line) => line[at]?.length ?? 0)),
  );
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, at) => (at === 0 ? text.padEnd(widths[at] ?? 0) : text.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...cells.map(line)].join('\n');
}
