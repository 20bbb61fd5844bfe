import { ReplayJournal, type ReplayPast, type SharedPast } from '../../pipeline/index.js';

/** For an application without a database: nobody knows what an earlier process admitted. */
export class NoJournal extends ReplayJournal {
  override async open(): Promise<ReplayPast> {
    return { kind: 'lost', admittedUntil: undefined };
  }

  override async raise(): Promise<void> {
    // The next start takes everything for admitted anyway.
  }

  override async park(): Promise<void> {
    // There is nowhere to write it down.
  }

  override async share(): Promise<SharedPast> {
    return 'shared';
  }

  override async isStillShared(): Promise<boolean> {
    return true;
  }
}
