import { Announcements } from '../../state/index.js';

/** Announcements of one process, to itself. */
export class LocalAnnouncements extends Announcements {
  private readonly listeners: (() => void)[] = [];

  override async announce(): Promise<void> {
    for (const listener of this.listeners) listener();
  }

  override listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  override isHeard(): boolean {
    return true;
  }
}
