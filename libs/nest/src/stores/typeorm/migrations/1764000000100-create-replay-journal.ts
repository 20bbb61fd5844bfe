import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  // One row at most. admitted_until NULL: nobody knows. Times are milliseconds since the epoch.
  `CREATE TABLE portcullis_replay_journal (
    id smallint PRIMARY KEY DEFAULT 1,
    state text NOT NULL,
    holder uuid,
    admitted_until bigint,
    forgotten_until bigint NOT NULL DEFAULT 0,
    heartbeat bigint NOT NULL DEFAULT 0,
    CONSTRAINT portcullis_replay_journal_id_check CHECK (id = 1),
    CONSTRAINT portcullis_replay_journal_state_check CHECK (state IN ('live', 'parked', 'shared')),
    CONSTRAINT portcullis_replay_journal_holder_check CHECK ((holder IS NOT NULL) = (state = 'live'))
  )`,
  `CREATE TABLE portcullis_parked_claims (
    key text COLLATE "C" PRIMARY KEY,
    expires_at bigint NOT NULL
  )`,
];

export class CreateReplayJournal1764000000100 implements MigrationInterface {
  readonly name = 'CreateReplayJournal1764000000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, on one connection
    for (const statement of UP) await queryRunner.query(statement);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query('DROP TABLE portcullis_parked_claims');
    await queryRunner.query('DROP TABLE portcullis_replay_journal');
  }
}
