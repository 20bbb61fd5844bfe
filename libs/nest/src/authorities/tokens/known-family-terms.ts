import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { RefreshFamilyStore, type RedeemedFamily, type RefreshFamilyRecord } from './refresh-family.store.js';

/** What never changes of a family. */
export type FamilyTerms = Pick<RefreshFamilyRecord, 'appId' | 'userId' | 'resource' | 'boundKey'>;

const CAPACITY = 100_000;

/** The terms of families, read once: what is known before a token is redeemed needs no second statement. */
@Injectable()
export class KnownFamilyTerms {
  // By size, one each: `max` would lay out room for all of them when the application starts.
  private readonly known = new LRUCache<string, FamilyTerms>({ maxSize: CAPACITY, sizeCalculation: () => 1 });

  constructor(private readonly store: RefreshFamilyStore) {}

  /** Undefined for a family that is nowhere; one that has ended may be known still. Throws `temporarily_unavailable`. */
  async of(sessionId: string): Promise<FamilyTerms | undefined> {
    const known = this.known.get(sessionId);
    if (known) return known;
    const family = await this.store.find(sessionId);
    if (family?.sessionId !== sessionId) return undefined;
    const { appId, userId, resource, boundKey } = family;
    const terms = { appId, userId, resource, boundKey };
    this.known.set(sessionId, terms);
    return terms;
  }

  /** Whether what was redeemed is what was known of it; what was known is forgotten where it is not. */
  agreeWith({ sessionId, appId, userId, resource }: RedeemedFamily): boolean {
    const known = this.known.get(sessionId);
    if (!known) return true;
    if (known.appId === appId && known.userId === userId && known.resource === resource) return true;
    this.known.delete(sessionId);
    return false;
  }
}
