import {
  AppStore,
  type AppAllowances,
  type AppChanges,
  type AppRecord,
  type AppSecretRecord,
  type AppWithSecrets,
} from '../../authorities/apps/index.js';
import { assignChanges } from './assign-changes.js';
import { isId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const APP = `app.id, app.name, app.client_type AS "clientType", app.scopes, app.tier, app.grant_types AS "grantTypes",
  app.redirect_uris AS "redirectUris", app.resources, app.suspended,
  app.session_kind AS "sessionKind", app.refresh_rotation AS "refreshRotation",
  app.client_keys AS "clientKeys", app.plain_pkce AS "plainPkce",
  app.dpop_bound_access_tokens AS "dpopBoundAccessTokens", app.require_pushed_requests AS "requirePushedRequests",
  app.cors_origins AS "corsOrigins", app.created_at AS "createdAt"`;

const SECRET = `secret.id AS "secretId", secret.purpose, secret.sealed, secret.hash,
  secret.created_at AS "secretCreatedAt", secret.expires_at AS "expiresAt"`;

const CHANGEABLE: Readonly<Record<keyof AppChanges, string>> = {
  name: 'name',
  scopes: 'scopes',
  tier: 'tier',
  grantTypes: 'grant_types',
  redirectUris: 'redirect_uris',
  resources: 'resources',
  sessionKind: 'session_kind',
  refreshRotation: 'refresh_rotation',
  clientKeys: 'client_keys',
  plainPkce: 'plain_pkce',
  dpopBoundAccessTokens: 'dpop_bound_access_tokens',
  requirePushedRequests: 'require_pushed_requests',
  corsOrigins: 'cors_origins',
  suspended: 'suspended',
};

const ALLOWANCES = `SELECT
    ARRAY (SELECT DISTINCT unnest(grant_types) FROM portcullis_apps WHERE NOT suspended) AS "grantTypes",
    ARRAY (SELECT DISTINCT unnest(cors_origins) FROM portcullis_apps WHERE NOT suspended) AS "corsOrigins",
    EXISTS (SELECT FROM portcullis_apps WHERE NOT suspended AND plain_pkce) AS "plainPkce"`;

/** So that no statement holds locks for long. */
const EXPIRED_AT_ONCE = 1_000;

/** The columns of the secret are all null in the one row of an app that has none. */
interface JoinedRow extends AppRecord, Pick<AppSecretRecord, 'purpose' | 'sealed' | 'hash' | 'expiresAt'> {
  readonly secretId: string | null;
  readonly secretCreatedAt: Date;
}

function appOf(row: JoinedRow): AppRecord {
  const { secretId: _, purpose: _p, sealed: _s, hash: _h, secretCreatedAt: _c, expiresAt: _e, ...app } = row;
  return app;
}

function secretsOf({ id: appId, secretId, secretCreatedAt, ...row }: JoinedRow): AppSecretRecord[] {
  if (secretId === null) return [];
  const { purpose, sealed, hash, expiresAt } = row;
  return [{ id: secretId, appId, purpose, sealed, hash, createdAt: secretCreatedAt, expiresAt }];
}

/** Apps in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmAppStore extends AppStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(app: AppRecord): Promise<boolean> {
    const inserted = await this.transactions.rows(
      `INSERT INTO portcullis_apps (id, name, client_type, scopes, tier, grant_types, redirect_uris, resources, session_kind,
         refresh_rotation, suspended, created_at, client_keys, plain_pkce, dpop_bound_access_tokens,
         require_pushed_requests, cors_origins)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
       ON CONFLICT (id) DO NOTHING RETURNING id`,
      [
        app.id,
        app.name,
        app.clientType,
        app.scopes,
        app.tier,
        app.grantTypes,
        app.redirectUris,
        app.resources,
        app.sessionKind,
        app.refreshRotation,
        app.suspended,
        app.createdAt,
        JSON.stringify(app.clientKeys),
        app.plainPkce,
        app.dpopBoundAccessTokens,
        app.requirePushedRequests,
        app.corsOrigins,
      ],
    );
    return inserted.length > 0;
  }

  override async find(id: string): Promise<AppWithSecrets | undefined> {
    if (!isId(id)) return undefined;
    const rows = await this.transactions.rows<JoinedRow>(
      `SELECT ${APP}, ${SECRET} FROM portcullis_apps app
       LEFT JOIN portcullis_app_secrets secret ON secret.app_id = app.id
       WHERE app.id = $1 ORDER BY secret.generation DESC`,
      [id],
    );
    const [first] = rows;
    return first && { app: appOf(first), secrets: rows.flatMap(secretsOf) };
  }

  override list(): Promise<AppRecord[]> {
    return this.transactions.rows<AppRecord>(`SELECT ${APP} FROM portcullis_apps app ORDER BY app.id`);
  }

  override async allowances(): Promise<AppAllowances> {
    const [all] = await this.transactions.rows<AppAllowances>(ALLOWANCES);
    return all as AppAllowances;
  }

  override async update(id: string, changes: AppChanges): Promise<AppRecord | undefined> {
    if (!isId(id)) return undefined;
    const { clientKeys, ...others } = changes;
    // As text: the driver would make a PostgreSQL array of it.
    const written = { ...others, ...(clientKeys && { clientKeys: JSON.stringify(clientKeys) }) };
    const { sql, values } = assignChanges(CHANGEABLE, written);
    const [app] = await this.transactions.rows<AppRecord>(
      `UPDATE portcullis_apps app SET ${sql} WHERE app.id = $1 RETURNING ${APP}`,
      [id, ...values],
    );
    return app;
  }

  override async remove(id: string): Promise<boolean> {
    if (!isId(id)) return false;
    const removed = await this.transactions.rows('DELETE FROM portcullis_apps WHERE id = $1 RETURNING id', [
      id,
    ]);
    return removed.length > 0;
  }

  override rotateSecret(secret: AppSecretRecord, othersExpireAt: Date): Promise<boolean> {
    const { id, appId, purpose, sealed, hash, createdAt, expiresAt } = secret;
    if (!isId(appId)) return Promise.resolve(false);
    return this.transactions.run(async () => {
      // Not FOR UPDATE, which would also hold up every sign-in through the app: its foreign key takes a share lock here.
      const lock = 'SELECT id FROM portcullis_apps WHERE id = $1 FOR NO KEY UPDATE';
      if ((await this.transactions.rows(lock, [appId])).length === 0) return false;
      await this.transactions.rows(
        `UPDATE portcullis_app_secrets SET expires_at = $3
         WHERE app_id = $1 AND purpose = $2 AND (expires_at IS NULL OR expires_at > $3)`,
        [appId, purpose, othersExpireAt],
      );
      await this.transactions.rows(
        `DELETE FROM portcullis_app_secrets WHERE app_id = $1 AND expires_at < $2::timestamptz - interval '1 day'`,
        [appId, createdAt],
      );
      await this.transactions.rows(
        `INSERT INTO portcullis_app_secrets (app_id, id, generation, purpose, sealed, hash, created_at, expires_at)
         SELECT $1, $2, coalesce(max(generation), 0) + 1, $3, $4::bytea, $5, $6::timestamptz, $7::timestamptz
         FROM portcullis_app_secrets WHERE app_id = $1`,
        [appId, id, purpose, sealed, hash, createdAt, expiresAt],
      );
      return true;
    });
  }

  override async removeSecret(key: Pick<AppSecretRecord, 'id' | 'appId' | 'purpose'>): Promise<boolean> {
    const { id, appId, purpose } = key;
    if (!isId(id) || !isId(appId)) return false;
    const removed = await this.transactions.rows(
      'DELETE FROM portcullis_app_secrets WHERE app_id = $1 AND id = $2 AND purpose = $3 RETURNING id',
      [appId, id, purpose],
    );
    return removed.length > 0;
  }

  override async removeExpiredSecrets(before: Date): Promise<number> {
    const removed = await this.transactions.rows(
      `DELETE FROM portcullis_app_secrets WHERE (app_id, id) IN (
         SELECT app_id, id FROM portcullis_app_secrets WHERE expires_at < $1
         LIMIT ${EXPIRED_AT_ONCE} FOR UPDATE SKIP LOCKED
       ) RETURNING id`,
      [before],
    );
    return removed.length;
  }
}
