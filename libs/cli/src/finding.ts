import type { Column } from './output.js';

export type Status = 'ok' | 'warn' | 'fail';

/** What was looked at, how it is, and what to do about it. */
export interface Finding {
  readonly name: string;
  readonly status: Status;
  readonly detail: string;
  readonly advice?: string;
}

export const FINDINGS: readonly Column[] = [
  ['CHECK', 'name'],
  ['STATUS', 'status'],
  ['DETAIL', 'detail'],
];

/** A finding of the server's. What is none, or has a status that nobody knows, is no reason to call it well. */
export function findingOf(entry: unknown): Finding {
  const { name, status, detail, advice } = (entry ?? {}) as Partial<Record<keyof Finding, unknown>>;
  const isKnown = status === 'ok' || status === 'warn' || status === 'fail';
  return {
    name: typeof name === 'string' ? name : 'unnamed',
    status: isKnown ? status : 'fail',
    detail: typeof detail === 'string' ? detail : 'The server says nothing about it',
    ...(typeof advice === 'string' && { advice }),
  };
}
