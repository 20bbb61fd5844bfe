import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  'ALTER TABLE portcullis_sessions DROP CONSTRAINT portcullis_sessions_user_id_fkey',
  'ALTER TABLE portcullis_sessions ALTER COLUMN user_id TYPE text COLLATE "C" USING user_id::text',
];

const DOWN = [
  // What the users of this library's own table did not start has no place where sessions refer to it.
  `DELETE FROM portcullis_sessions session WHERE NOT EXISTS (
     SELECT FROM portcullis_users app_user WHERE app_user.id::text = session.user_id)`,
  'ALTER TABLE portcullis_sessions ALTER COLUMN user_id TYPE uuid USING user_id::uuid',
  `ALTER TABLE portcullis_sessions ADD CONSTRAINT portcullis_sessions_user_id_fkey
     FOREIGN KEY (user_id) REFERENCES portcullis_users (id) ON DELETE CASCADE`,
];

/** Sessions of users that are kept elsewhere, by whatever ids they have there. */
export class LetHostsKeepUsers1764000000300 implements MigrationInterface {
  readonly name = 'LetHostsKeepUsers1764000000300';

  async up(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each builds on the one before
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each builds on the one before
    for (const statement of DOWN) await runner.query(statement);
  }
}
