import { Logger } from '@nestjs/common';
import { Announcements, type Announced, type Change } from '../../state/index.js';

/** Announcements of one process, to itself. */
export class LocalAnnouncements extends Announcements {
  private readonly logger = new Logger('Portcullis');
  private readonly listeners: ((announced: Announced) => void)[] = [];

  override async announce(change: Change): Promise<void> {
    this.tell(change);
  }

  override listen(listener: (announced: Announced) => void): void {
    this.listeners.push(listener);
  }

  /** Never throws. */
  tell(announced: Announced): void {
    for (const listener of this.listeners) {
      try {
        listener(announced);
      } catch (error) {
        // One that fails must not keep the word from the others.
        this.logger.error(`A listener failed: ${error instanceof Error ? error.name : typeof error}`);
      }
    }
  }
}
