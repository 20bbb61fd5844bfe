import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Users are referenced with RESTRICT: whose money it was is part of the money's history, so a customer with an account
 * is suspended and never removed. (SET NULL would also make theirs look like the bank's own account.)
 */
const ACCOUNTS = `
  CREATE TABLE bank_accounts (
    id uuid PRIMARY KEY,
    user_id uuid REFERENCES portcullis_users (id) ON DELETE RESTRICT,
    name text NOT NULL,
    currency char(3) NOT NULL CONSTRAINT bank_accounts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    balance_minor bigint NOT NULL,
    frozen boolean NOT NULL,
    opened_at timestamptz(3) NOT NULL,
    CONSTRAINT bank_accounts_customers_owe_nothing CHECK (user_id IS NULL OR balance_minor >= 0)
  );
  CREATE INDEX bank_accounts_user_id_idx ON bank_accounts (user_id, opened_at);
`;

const TRANSFERS = `
  CREATE TABLE bank_transfers (
    id uuid PRIMARY KEY,
    from_account_id uuid NOT NULL REFERENCES bank_accounts (id) ON DELETE RESTRICT,
    to_account_id uuid NOT NULL REFERENCES bank_accounts (id) ON DELETE RESTRICT,
    amount_minor bigint NOT NULL CONSTRAINT bank_transfers_amount_check CHECK (amount_minor > 0),
    currency char(3) NOT NULL,
    reference text NOT NULL CONSTRAINT bank_transfers_reference_check CHECK (char_length(reference) <= 140),
    user_id uuid REFERENCES portcullis_users (id) ON DELETE RESTRICT,
    idempotency_key text,
    request_fingerprint char(64),
    created_at timestamptz(3) NOT NULL,
    CONSTRAINT bank_transfers_accounts_check CHECK (from_account_id <> to_account_id),
    CONSTRAINT bank_transfers_key_check CHECK ((idempotency_key IS NULL) = (request_fingerprint IS NULL)),
    CONSTRAINT bank_transfers_once_per_key UNIQUE (user_id, idempotency_key)
  );
`;

const ENTRIES = `
  CREATE TABLE bank_entries (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES bank_accounts (id) ON DELETE RESTRICT,
    transfer_id uuid NOT NULL REFERENCES bank_transfers (id) ON DELETE RESTRICT,
    position bigserial NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT bank_entries_amount_check CHECK (amount_minor <> 0),
    balance_minor bigint NOT NULL,
    booked_at timestamptz(3) NOT NULL,
    CONSTRAINT bank_entries_once_per_account UNIQUE (transfer_id, account_id)
  );
  CREATE UNIQUE INDEX bank_entries_account_id_idx ON bank_entries (account_id, position);
`;

const FREEZES = `
  CREATE TABLE bank_freezes (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES bank_accounts (id) ON DELETE RESTRICT,
    reason text,
    frozen_by uuid NOT NULL REFERENCES portcullis_users (id) ON DELETE RESTRICT,
    frozen_at timestamptz(3) NOT NULL,
    lifted_by uuid REFERENCES portcullis_users (id) ON DELETE RESTRICT,
    lifted_at timestamptz(3),
    CONSTRAINT bank_freezes_lifted_check CHECK ((lifted_by IS NULL) = (lifted_at IS NULL))
  );
  CREATE UNIQUE INDEX bank_freezes_one_in_force ON bank_freezes (account_id) WHERE lifted_at IS NULL;
`;

/** Written out and not taken from the code: a migration that has run says for ever what it did. */
const FUNDING_ACCOUNT = `
  INSERT INTO bank_accounts (id, user_id, name, currency, balance_minor, frozen, opened_at)
  VALUES ('00000000-0000-4000-8000-000000000001', NULL, 'Funding', 'EUR', 0, false, now());
`;

export class CreateBank1764000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const part of [ACCOUNTS, TRANSFERS, ENTRIES, FREEZES, FUNDING_ACCOUNT]) await runner.query(part);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE bank_freezes, bank_entries, bank_transfers, bank_accounts');
  }
}
