import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE portcullis_admin_keys (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    secret_hash text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_admin_keys_id_check CHECK (id ~ '^[ -~]{1,128}$')
  )`,
  // Without foreign keys: what is removed stays in the trail.
  `CREATE TABLE portcullis_audit_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz(3) NOT NULL,
    action text COLLATE "C" NOT NULL,
    actor_kind text NOT NULL,
    actor_id text COLLATE "C" NOT NULL,
    actor_name text,
    subject_kind text NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    address text,
    request_id text,
    details jsonb NOT NULL,
    CONSTRAINT portcullis_audit_events_actor_kind_check
      CHECK (actor_kind IN ('root-key', 'admin-key', 'user', 'host'))
  )`,
  'CREATE INDEX portcullis_audit_events_actor_id_idx ON portcullis_audit_events (actor_id, id)',
  'CREATE INDEX portcullis_audit_events_subject_id_idx ON portcullis_audit_events (subject_id, id)',
  'CREATE INDEX portcullis_audit_events_at_idx ON portcullis_audit_events (at)',
  `CREATE FUNCTION portcullis_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'audit events are added, and neither changed nor removed'
        USING ERRCODE = 'object_not_in_prerequisite_state';
    END
  $$`,
  // For the statement and not for each row: one that finds no row is refused, too.
  `CREATE TRIGGER portcullis_audit_events_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON portcullis_audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION portcullis_refuse_change()`,
];

const DOWN = [
  'DROP TABLE portcullis_audit_events',
  'DROP FUNCTION portcullis_refuse_change()',
  'DROP TABLE portcullis_admin_keys',
];

/** Named administration keys, and the audit trail, to which rows are only ever added. */
export class CreateAudit1764000000200 implements MigrationInterface {
  readonly name = 'CreateAudit1764000000200';

  async up(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each builds on the one before
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- what refers goes before what is referred to
    for (const statement of DOWN) await runner.query(statement);
  }
}
