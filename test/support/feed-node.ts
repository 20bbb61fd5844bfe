import { typeOrmStores } from '@portcullis/nest/typeorm';
import type { DataSource } from 'typeorm';
import type { Clock } from '../../libs/nest/src/pipeline/index.js';
import {
  StoredChangeFeed,
  type Announced,
  type Announcements,
  type Change,
  type ChangeStore,
} from '../../libs/nest/src/state/index.js';
import { LocalAnnouncements } from '../../libs/nest/src/stores/memory/index.js';

export interface FeedNodeParts {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  /** Shared with the nodes that it pokes. */
  readonly announcements?: Announcements;
  readonly pollMs?: number;
  /** In place of the database's. */
  readonly store?: (stored: ChangeStore) => ChangeStore;
}

export const STALE_AFTER_MS = 60_000;

/** The change feed as one node has it, and what its listener has been told. */
export function feedNode({ dataSource, clock, announcements, pollMs = 3_600_000, store }: FeedNodeParts) {
  const { transactions, changes } = typeOrmStores(dataSource);
  const heard: Announced[] = [];
  const feed = new StoredChangeFeed({
    store: store?.(changes) ?? changes,
    transactions,
    announcements: announcements ?? new LocalAnnouncements(),
    clock,
    staleAfterMs: STALE_AFTER_MS,
    pollMs,
  });
  feed.listen((announced) => heard.push(announced));
  return {
    feed,
    heard,
    transactions,
    /** Ids in place of changes. */
    heardIds: () => heard.map((announced) => (announced === 'everything' ? announced : announced.id)),
    ageMs: () => feed.freshness.ageMs(),
  };
}

export function aChange(id: string): Change {
  return { kind: 'app', id, expiresAt: new Date(Date.now() + 60_000) };
}

/** It takes milliseconds, where nothing else keeps the machine busy. */
const PATIENCE_MS = 20_000;

export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!condition() && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(condition()).toBe(true);
}
