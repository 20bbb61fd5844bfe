import type { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `ALTER TABLE portcullis_apps
     ADD COLUMN client_keys jsonb NOT NULL DEFAULT '[]',
     ADD COLUMN plain_pkce boolean NOT NULL DEFAULT false,
     ADD COLUMN dpop_bound_access_tokens boolean NOT NULL DEFAULT false,
     ADD COLUMN require_pushed_requests boolean NOT NULL DEFAULT false,
     ADD COLUMN cors_origins text[] NOT NULL DEFAULT '{}'`,
  'ALTER TABLE portcullis_refresh_families ADD COLUMN resource text COLLATE "C"',
  `CREATE TABLE portcullis_resources (
    identifier text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    scopes text[] NOT NULL,
    app_id text COLLATE "C",
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_resources_identifier_check CHECK (identifier <> '' AND length(identifier) <= 256),
    CONSTRAINT portcullis_resources_app_id_fkey
      FOREIGN KEY (app_id) REFERENCES portcullis_apps (id) ON DELETE SET NULL
  )`,
  'CREATE INDEX portcullis_resources_app_id_idx ON portcullis_resources (app_id)',
  // The issuer's own API is the empty resource: a null would be equal to no other, and be kept twice.
  `CREATE TABLE portcullis_consents (
    user_id text COLLATE "C" NOT NULL,
    app_id text COLLATE "C" NOT NULL,
    resource text COLLATE "C" NOT NULL,
    scopes text[] NOT NULL,
    granted_at timestamptz(3) NOT NULL,
    PRIMARY KEY (user_id, app_id, resource),
    CONSTRAINT portcullis_consents_app_id_fkey
      FOREIGN KEY (app_id) REFERENCES portcullis_apps (id) ON DELETE CASCADE
  )`,
  'CREATE INDEX portcullis_consents_app_id_idx ON portcullis_consents (app_id)',
  // What is written once and read whole is json: jsonb refuses characters that a client may send.
  `CREATE TABLE portcullis_authorization_codes (
    hash text COLLATE "C" PRIMARY KEY,
    app_id text COLLATE "C" NOT NULL,
    granted json NOT NULL,
    issued_at timestamptz(3) NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    consumed_at timestamptz(3),
    CONSTRAINT portcullis_authorization_codes_app_id_fkey
      FOREIGN KEY (app_id) REFERENCES portcullis_apps (id) ON DELETE CASCADE
  )`,
  'CREATE INDEX portcullis_authorization_codes_app_id_idx ON portcullis_authorization_codes (app_id)',
  'CREATE INDEX portcullis_authorization_codes_expires_at_idx ON portcullis_authorization_codes (expires_at)',
  `CREATE TABLE portcullis_code_redemptions (
    code_id text COLLATE "C" PRIMARY KEY,
    session_id text COLLATE "C",
    expires_at timestamptz(3) NOT NULL
  )`,
  'CREATE INDEX portcullis_code_redemptions_expires_at_idx ON portcullis_code_redemptions (expires_at)',
  `CREATE TABLE portcullis_pushed_requests (
    hash text COLLATE "C" PRIMARY KEY,
    app_id text COLLATE "C" NOT NULL,
    parameters json NOT NULL,
    expires_at timestamptz(3) NOT NULL,
    CONSTRAINT portcullis_pushed_requests_app_id_fkey
      FOREIGN KEY (app_id) REFERENCES portcullis_apps (id) ON DELETE CASCADE
  )`,
  'CREATE INDEX portcullis_pushed_requests_app_id_idx ON portcullis_pushed_requests (app_id)',
  'CREATE INDEX portcullis_pushed_requests_expires_at_idx ON portcullis_pushed_requests (expires_at)',
];

const DOWN = [
  'DROP TABLE portcullis_pushed_requests',
  'DROP TABLE portcullis_code_redemptions',
  'DROP TABLE portcullis_authorization_codes',
  'DROP TABLE portcullis_consents',
  'DROP TABLE portcullis_resources',
  // Without the column, a token for another resource would be renewed as one for the issuer's own API.
  `DELETE FROM portcullis_sessions session USING portcullis_refresh_families family
     WHERE family.session_id = session.id AND family.resource IS NOT NULL`,
  'ALTER TABLE portcullis_refresh_families DROP COLUMN resource',
  `ALTER TABLE portcullis_apps
     DROP COLUMN client_keys, DROP COLUMN plain_pkce, DROP COLUMN dpop_bound_access_tokens,
     DROP COLUMN require_pushed_requests, DROP COLUMN cors_origins`,
];

/** Resource servers, consents, authorization codes and pushed requests. */
export class CreateAuthorizationServer1764000000500 implements MigrationInterface {
  readonly name = 'CreateAuthorizationServer1764000000500';

  async up(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- each builds on the one before
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    // oxlint-disable-next-line no-await-in-loop -- what refers goes before what is referred to
    for (const statement of DOWN) await runner.query(statement);
  }
}
