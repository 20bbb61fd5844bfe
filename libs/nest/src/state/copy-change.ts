import type { Change, ChangeKind } from './change.js';

/** What is told by its id alone, and begins at once. */
export type PlainChangeKind = Exclude<ChangeKind, 'revoked-user' | 'revoked-app' | 'revoked-all'>;

/** Twice as long as the oldest copy that a node can be told to keep. */
const REMEMBERED_MS = 2 * 3_600_000;

/** Every copy of this that was read before this moment, in milliseconds since the epoch, is out of date. */
export function copyChange(kind: PlainChangeKind, id: string, nowMs: number): Change {
  return { kind, id, expiresAt: new Date(nowMs + REMEMBERED_MS) };
}
