import { Injectable } from '@nestjs/common';
import { Clock } from '../../../pipeline/index.js';
import { ChangeFeed } from '../../../state/index.js';
import { AppStore, type AppAllowances } from '../../apps/index.js';

/** A change is announced, and this forgets at once; this long at most where the announcement got lost. */
const MAX_AGE_MS = 60_000;

/** What apps are allowed, taken together: what this server announces, and which pages may ask it anything at all. */
@Injectable()
export class AllAppAllowances {
  private read: { readonly at: number; readonly allowances: Promise<AppAllowances> } | undefined;

  constructor(
    private readonly apps: AppStore,
    private readonly clock: Clock,
    changes: ChangeFeed,
  ) {
    changes.listen((announced) => {
      if (announced === 'everything' || announced.kind === 'app') this.read = undefined;
    });
  }

  /** Throws `temporarily_unavailable`. */
  now(): Promise<AppAllowances> {
    const at = this.clock.now();
    if (this.read && at - this.read.at < MAX_AGE_MS) return this.read.allowances;
    const read = { at, allowances: this.apps.allowances() };
    read.allowances.catch(() => {
      if (this.read === read) this.read = undefined;
    });
    this.read = read;
    return read.allowances;
  }
}
