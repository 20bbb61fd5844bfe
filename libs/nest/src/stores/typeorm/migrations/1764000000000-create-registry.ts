import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE portcullis_apps (
    id text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    client_type text NOT NULL,
    scopes text[] NOT NULL,
    tier text,
    grant_types text[] NOT NULL,
    redirect_uris text[] NOT NULL,
    resources text[] NOT NULL,
    suspended boolean NOT NULL,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_apps_id_check CHECK (id ~ '^[ -~]{1,128}$'),
    CONSTRAINT portcullis_apps_client_type_check CHECK (client_type IN ('public', 'confidential'))
  )`,
  `CREATE TABLE portcullis_app_secrets (
    app_id text COLLATE "C" NOT NULL
      CONSTRAINT portcullis_app_secrets_app_id_fkey REFERENCES portcullis_apps (id) ON DELETE CASCADE,
    id text COLLATE "C" NOT NULL,
    generation integer NOT NULL,
    purpose text NOT NULL,
    sealed bytea,
    hash text,
    created_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3),
    PRIMARY KEY (app_id, id),
    CONSTRAINT portcullis_app_secrets_generation_key UNIQUE (app_id, generation),
    CONSTRAINT portcullis_app_secrets_purpose_check CHECK (purpose IN ('signing', 'client', 'integrity')),
    CONSTRAINT portcullis_app_secrets_at_rest_check CHECK (
      (hash IS NOT NULL) = (purpose = 'client') AND (sealed IS NOT NULL) = (purpose <> 'client')
    )
  )`,
  `CREATE TABLE portcullis_users (
    id uuid PRIMARY KEY,
    username text COLLATE "C" NOT NULL,
    username_key text COLLATE "C" NOT NULL,
    password_hash text NOT NULL,
    scopes text[] NOT NULL,
    suspended boolean NOT NULL,
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_users_username_key_key UNIQUE (username_key)
  )`,
  `CREATE TABLE portcullis_user_app_scopes (
    user_id uuid NOT NULL
      CONSTRAINT portcullis_user_app_scopes_user_id_fkey REFERENCES portcullis_users (id) ON DELETE CASCADE,
    app_id text COLLATE "C" NOT NULL
      CONSTRAINT portcullis_user_app_scopes_app_id_fkey REFERENCES portcullis_apps (id) ON DELETE CASCADE,
    scopes text[] NOT NULL,
    PRIMARY KEY (user_id, app_id)
  )`,
  `CREATE INDEX portcullis_user_app_scopes_app_id_idx ON portcullis_user_app_scopes (app_id)`,
  `CREATE TABLE portcullis_sessions (
    id text COLLATE "C" PRIMARY KEY,
    secret_hash text NOT NULL,
    user_id uuid NOT NULL
      CONSTRAINT portcullis_sessions_user_id_fkey REFERENCES portcullis_users (id) ON DELETE CASCADE,
    app_id text COLLATE "C" NOT NULL
      CONSTRAINT portcullis_sessions_app_id_fkey REFERENCES portcullis_apps (id) ON DELETE CASCADE,
    scopes text[] NOT NULL,
    created_at timestamptz(3) NOT NULL,
    last_used_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_sessions_id_check CHECK (id ~ '^[ -~]{1,128}$')
  )`,
  `CREATE INDEX portcullis_sessions_user_id_idx ON portcullis_sessions (user_id, created_at)`,
  `CREATE INDEX portcullis_sessions_app_id_idx ON portcullis_sessions (app_id)`,
];

const DOWN = [
  'portcullis_sessions',
  'portcullis_user_app_scopes',
  'portcullis_users',
  'portcullis_app_secrets',
  'portcullis_apps',
].map((table) => `DROP TABLE ${table}`);

/** Apps with their secrets, users with what they may do through an app, and sessions. The search path says where. */
export class CreateRegistry1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each builds on the one before
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- what refers goes before what is referred to
    for (const statement of DOWN) await runner.query(statement);
  }
}
