import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  // Numbered by whoever holds the lock of the store: identity columns count before a transaction knows its place.
  `CREATE SEQUENCE portcullis_change_sequence AS bigint`,
  `CREATE TABLE portcullis_changes (
    sequence bigint PRIMARY KEY DEFAULT nextval('portcullis_change_sequence'),
    kind text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    before timestamptz(3),
    recorded_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL
  )`,
  'ALTER SEQUENCE portcullis_change_sequence OWNED BY portcullis_changes.sequence',
  'CREATE INDEX portcullis_changes_expires_at_idx ON portcullis_changes (expires_at)',
  `CREATE TABLE portcullis_signing_keys (
    kid text COLLATE "C" PRIMARY KEY,
    algorithm text NOT NULL,
    sealed bytea NOT NULL,
    public_jwk jsonb,
    created_at timestamptz(3) NOT NULL,
    signs_from timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_signing_keys_kid_check CHECK (kid ~ '^[ -~]{1,128}$'),
    CONSTRAINT portcullis_signing_keys_algorithm_check CHECK (algorithm IN ('ES256', 'HS256'))
  )`,
  `ALTER TABLE portcullis_apps
     ADD COLUMN session_kind text NOT NULL DEFAULT 'opaque',
     ADD COLUMN refresh_rotation boolean NOT NULL DEFAULT true,
     ADD CONSTRAINT portcullis_apps_session_kind_check CHECK (session_kind IN ('opaque', 'tokens'))`,
  // The secret is the session key's; a session with tokens has none.
  'ALTER TABLE portcullis_sessions ALTER COLUMN secret_hash DROP NOT NULL',
  `ALTER TABLE portcullis_sessions
     ADD COLUMN kind text NOT NULL DEFAULT 'opaque',
     ADD COLUMN device text,
     ADD COLUMN started_from text,
     ADD CONSTRAINT portcullis_sessions_kind_check
       CHECK (kind IN ('opaque', 'tokens') AND (kind = 'opaque') = (secret_hash IS NOT NULL))`,
  // Rotated in place, in one page: room is left for it.
  `CREATE TABLE portcullis_refresh_families (
    session_id text COLLATE "C" PRIMARY KEY,
    app_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    scopes text[] NOT NULL,
    bound_key text COLLATE "C",
    generation integer NOT NULL,
    current_hash text COLLATE "C" NOT NULL,
    previous_hash text COLLATE "C",
    sealed_successor bytea,
    grace_ends_at timestamptz(3),
    grace_replays integer NOT NULL DEFAULT 0,
    idle_expires_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_refresh_families_session_id_fkey
      FOREIGN KEY (session_id) REFERENCES portcullis_sessions (id) ON DELETE CASCADE
  ) WITH (fillfactor = 70)`,
];

const DOWN = [
  'DROP TABLE portcullis_refresh_families',
  // What has no key cannot be found by one.
  `DELETE FROM portcullis_sessions WHERE kind <> 'opaque'`,
  `ALTER TABLE portcullis_sessions
     DROP CONSTRAINT portcullis_sessions_kind_check, DROP COLUMN kind, DROP COLUMN device, DROP COLUMN started_from`,
  'ALTER TABLE portcullis_sessions ALTER COLUMN secret_hash SET NOT NULL',
  `ALTER TABLE portcullis_apps
     DROP CONSTRAINT portcullis_apps_session_kind_check, DROP COLUMN session_kind, DROP COLUMN refresh_rotation`,
  'DROP TABLE portcullis_signing_keys',
  'DROP TABLE portcullis_changes',
];

/** What nodes tell each other, the keys that tokens are signed with, and refresh tokens. */
export class CreateTokens1764000000400 implements MigrationInterface {
  readonly name = 'CreateTokens1764000000400';

  async up(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each builds on the one before
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- what refers goes before what is referred to
    for (const statement of DOWN) await runner.query(statement);
  }
}
