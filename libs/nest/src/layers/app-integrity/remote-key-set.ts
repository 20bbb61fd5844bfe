import { Logger } from '@nestjs/common';
import type { z } from 'zod';
import type { JwsKey } from '../../crypto/index.js';
import { readOptions, temporarilyUnavailable } from '../../pipeline/index.js';
import { KeySet } from './app-integrity.store.js';
import { fetchPublishedKeys } from './fetch-published-keys.js';
import type { PublishedKeys } from './published-keys.js';
import { remoteKeySetOptionsSchema, type RemoteKeySetOptions } from './remote-key-set.options.js';

interface Fetched {
  readonly keys: PublishedKeys;
  readonly askedAt: number;
}

/**
 * The key set that an issuer publishes at one configured address (RFC 7517 §5): its ES256 keys. Answers from memory
 * while it can; fetches again in the background when the keys grow old, and at once, for all who wait together, when a
 * token names a key that is not there. Between two fetches lies a cooldown, so that made-up names cause no stampede.
 * While the issuer is away the last keys are used up to a bound. No address is ever taken from a token.
 */
export class RemoteKeySet extends KeySet {
  private readonly logger = new Logger('Portcullis');
  private readonly options: Readonly<z.output<typeof remoteKeySetOptionsSchema>>;
  private fetched: Fetched | undefined;
  private attemptedAt: number | undefined;
  private running: Promise<void> | undefined;

  /** Throws when an option is wrong, naming it. */
  constructor(options: RemoteKeySetOptions) {
    super();
    this.options = Object.freeze(readOptions('RemoteKeySet', remoteKeySetOptionsSchema, options));
  }

  override keysFor(kid: string | undefined): readonly JwsKey[] | Promise<readonly JwsKey[]> {
    const last = this.lastGood();
    const found = last?.keys.find(kid);
    if (last && found && this.secondsSince(last.askedAt) <= this.options.maxAgeSeconds) return found;
    const refreshing = this.refresh();
    return found ?? refreshing?.then(() => this.answer(kid)) ?? this.answer(kid);
  }

  private answer(kid: string | undefined): readonly JwsKey[] {
    const last = this.lastGood();
    if (!last) throw temporarilyUnavailable('jwks_unavailable', Math.max(1, Math.ceil(this.cooldownLeft())));
    return last.keys.find(kid) ?? [];
  }

  private lastGood(): Fetched | undefined {
    const { fetched } = this;
    return fetched && this.secondsSince(fetched.askedAt) <= this.options.maxStaleSeconds
      ? fetched
      : undefined;
  }

  /** The fetch that is under way, or a new one; undefined during the cooldown. Never rejects. */
  private refresh(): Promise<void> | undefined {
    if (this.running || this.cooldownLeft() > 0) return this.running;
    this.attemptedAt = this.options.clock.now();
    this.running = this.fetch(this.attemptedAt).finally(() => (this.running = undefined));
    return this.running;
  }

  private async fetch(askedAt: number): Promise<void> {
    try {
      this.fetched = { keys: await fetchPublishedKeys(this.options), askedAt };
    } catch (error) {
      const { origin, pathname } = new URL(this.options.url);
      this.logger.warn(`jwks_fetch_failed: ${origin}${pathname}: ${describe(error)}`);
    }
  }

  private cooldownLeft(): number {
    const { attemptedAt } = this;
    return attemptedAt === undefined ? 0 : this.options.cooldownSeconds - this.secondsSince(attemptedAt);
  }

  /** A clock that was set back counts as time that passed: otherwise nothing would be fetched until it catches up. */
  private secondsSince(at: number): number {
    return Math.abs(this.options.clock.now() - at) / 1000;
  }
}

/** What `fetch` itself throws says `fetch failed` and keeps the cause apart. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
