/** Two memories that do not know of each other would each admit what the other has: the second one is refused. */
export class ReplayJournalInUse extends Error {
  override readonly name = 'ReplayJournalInUse';
  readonly code = 'REPLAY_JOURNAL_IN_USE';

  constructor(where: 'in memory' | 'in Redis' = 'in memory') {
    super(`Another node keeps its replay state ${where} on this database; give all nodes the same Redis`);
  }
}
