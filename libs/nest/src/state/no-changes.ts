import { ChangeFeed } from './change-feed.js';

/** Where nothing is changed or revoked while the application runs: there is nowhere to keep it. */
export class NoChanges extends ChangeFeed {
  override record(): Promise<void> {
    return Promise.reject(
      new TypeError('ChangeFeed.record: PortcullisModule has no stores, expected typeOrmStores(dataSource)'),
    );
  }

  override listen(): void {
    // There is nothing to hear.
  }
}
