import type { Announced, Change } from '../../libs/nest/src/state/change.js';
import { ChangeFeed } from '../../libs/nest/src/state/change-feed.js';

/** A change feed that says what the test says. */
export class SaidChanges extends ChangeFeed {
  private readonly listeners: ((announced: Announced) => void)[] = [];

  override async record(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.say(change);
  }

  override listen(listener: (announced: Announced) => void): void {
    this.listeners.push(listener);
  }

  say(announced: Announced): void {
    for (const listener of this.listeners) listener(announced);
  }
}
