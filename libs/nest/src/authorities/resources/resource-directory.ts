import type { Clock } from '../../pipeline/index.js';
import { FreshCache, type ChangeFeed } from '../../state/index.js';
import { isResourceIdentifier } from './is-resource-identifier.js';
import type { ResourceServerRecord, ResourceServerStore } from './resource-server.store.js';

export interface ResourceDirectoryParts {
  readonly store: ResourceServerStore;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  /** How many are remembered, and as many identifiers that stand for nothing. */
  readonly capacity: number;
}

/**
 * The registered resource servers, from memory after a node's first sight of them. What changes is dropped when it is
 * announced, and read again in any case once it is `maxAgeMs` old.
 */
export class ResourceDirectory {
  private readonly entries: FreshCache<ResourceServerRecord>;

  constructor({ store, changes, clock, maxAgeMs, capacity }: ResourceDirectoryParts) {
    this.entries = new FreshCache({
      clock,
      maxAgeMs,
      capacity,
      load: async (identifier) => {
        const found = await store.find(identifier);
        return found && Object.freeze({ ...found, scopes: Object.freeze([...found.scopes]) });
      },
    });
    changes.listen((announced) => {
      // An app that is removed is no resource server's any more, and its id may return as somebody else's.
      if (announced === 'everything' || announced.kind === 'app') this.entries.clear();
      else if (announced.kind === 'resource') this.entries.drop(announced.id);
    });
  }

  /** By its identifier, character by character (RFC 8707 §2). Undefined when there is none. Throws when it cannot know. */
  find(identifier: string): ResourceServerRecord | undefined | Promise<ResourceServerRecord | undefined> {
    return isResourceIdentifier(identifier) ? this.entries.get(identifier) : undefined;
  }
}
