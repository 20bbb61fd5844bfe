import { randomBytes } from 'node:crypto';
import { parseOpaqueKey, type KeyRing } from '../../crypto/index.js';
import type { Clock } from '../../pipeline/index.js';
import { FreshCache, type ChangeFeed } from '../../state/index.js';
import type { AdminKeyRecord, AdminKeyStore } from './admin-key.store.js';

/** The purpose of an administration secret's keyed hash. */
export const ADMIN_SECRET = 'administration secret';

export interface AdminKeyDirectoryParts {
  readonly store: AdminKeyStore;
  readonly keyRing: KeyRing;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  readonly capacity: number;
}

/** Named administration keys as the guard asks for them: from memory, no older than `maxAgeMs`. */
export class AdminKeyDirectory {
  private readonly keys: FreshCache<AdminKeyRecord>;
  private readonly nobodysHash: string;

  constructor(private readonly parts: AdminKeyDirectoryParts) {
    const { store, keyRing, changes, clock, maxAgeMs, capacity } = parts;
    this.nobodysHash = keyRing.keyedHash(ADMIN_SECRET, randomBytes(32).toString('base64url'));
    this.keys = new FreshCache({ clock, maxAgeMs, capacity, load: (id) => store.find(id) });
    changes.listen((announced) => {
      if (announced === 'everything') this.keys.clear();
      else if (announced.kind === 'admin-key') this.keys.drop(announced.id);
    });
  }

  /**
   * The key that this is the text of. Undefined for one that is unknown, revoked, expired or malformed, and for a wrong
   * secret. Throws what the store throws when it has to be asked.
   */
  find(text: string): AdminKeyRecord | undefined | Promise<AdminKeyRecord | undefined> {
    const parsed = parseOpaqueKey(text);
    if (!parsed) return undefined;
    const key = this.keys.get(parsed.id);
    return key instanceof Promise
      ? key.then((found) => this.judge(found, parsed.secret))
      : this.judge(key, parsed.secret);
  }

  private judge(key: AdminKeyRecord | undefined, secret: string): AdminKeyRecord | undefined {
    // Hashed for an unknown id as well: the time does not tell which ids there are.
    const hash = key?.secretHash ?? this.nobodysHash;
    const matches = this.parts.keyRing.matchesHash(ADMIN_SECRET, secret, hash);
    const isLive = key !== undefined && this.parts.clock.now() < key.expiresAt.getTime();
    return matches && isLive ? key : undefined;
  }
}
