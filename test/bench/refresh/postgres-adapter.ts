import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Pool } from 'pg';

/**
 * One table for every kind of model, its payload as the provider hands it over. `consumed` is a column, so that consuming
 * rewrites no payload and touches no index; room is left in each page for it.
 */
export const TABLE = [
  `CREATE TABLE oidc_models (
    kind text NOT NULL,
    id text NOT NULL,
    payload jsonb NOT NULL,
    grant_id text,
    uid text,
    user_code text,
    consumed_at bigint,
    expires_at timestamptz,
    PRIMARY KEY (kind, id)
  ) WITH (fillfactor = 80)`,
  'CREATE INDEX oidc_models_grant_id_idx ON oidc_models (grant_id) WHERE grant_id IS NOT NULL',
  'CREATE INDEX oidc_models_uid_idx ON oidc_models (uid) WHERE uid IS NOT NULL',
  'CREATE INDEX oidc_models_user_code_idx ON oidc_models (user_code) WHERE user_code IS NOT NULL',
];

const LIVE = 'SELECT payload, consumed_at FROM oidc_models WHERE kind = $1 AND';
const NOT_OVER = '(expires_at IS NULL OR expires_at > now())';

/** Prepared once on each connection of the pool. */
const STATEMENTS = {
  find: `${LIVE} id = $2 AND ${NOT_OVER}`,
  findByUid: `${LIVE} uid = $2 AND ${NOT_OVER}`,
  findByUserCode: `${LIVE} user_code = $2 AND ${NOT_OVER}`,
  upsert: `INSERT INTO oidc_models (kind, id, payload, grant_id, uid, user_code, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, now() + $7 * interval '1 second')
    ON CONFLICT (kind, id) DO UPDATE SET payload = excluded.payload, grant_id = excluded.grant_id,
      uid = excluded.uid, user_code = excluded.user_code, expires_at = excluded.expires_at`,
  consume: `UPDATE oidc_models SET consumed_at = extract(epoch FROM now())::bigint WHERE kind = $1 AND id = $2`,
  destroy: 'DELETE FROM oidc_models WHERE kind = $1 AND id = $2',
  revoke: 'DELETE FROM oidc_models WHERE grant_id = $1',
} as const;

interface Row {
  readonly payload: AdapterPayload;
  readonly consumed_at: string | null;
}

/** Keeps what oidc-provider keeps, in PostgreSQL. */
export class PostgresAdapter implements Adapter {
  constructor(
    private readonly kind: string,
    private readonly pool: Pool,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds: number): Promise<void> {
    const { grantId = null, uid = null, userCode = null } = payload;
    const expires = Number.isFinite(expiresInSeconds) ? expiresInSeconds : null;
    await this.ask('upsert', [this.kind, id, JSON.stringify(payload), grantId, uid, userCode, expires]);
  }

  find(id: string): Promise<AdapterPayload | undefined> {
    return this.read('find', id);
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.read('findByUid', uid);
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.read('findByUserCode', userCode);
  }

  async consume(id: string): Promise<void> {
    await this.ask('consume', [this.kind, id]);
  }

  async destroy(id: string): Promise<void> {
    await this.ask('destroy', [this.kind, id]);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.ask('revoke', [grantId]);
  }

  private async read(name: keyof typeof STATEMENTS, key: string): Promise<AdapterPayload | undefined> {
    const [row] = await this.ask(name, [this.kind, key]);
    if (!row) return undefined;
    return row.consumed_at === null ? row.payload : { ...row.payload, consumed: Number(row.consumed_at) };
  }

  private async ask(name: keyof typeof STATEMENTS, values: unknown[]): Promise<Row[]> {
    return (await this.pool.query<Row>({ name, text: STATEMENTS[name], values })).rows;
  }
}
