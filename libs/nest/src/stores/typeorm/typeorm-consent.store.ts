import { ConsentStore, type ConsentRecord } from '../../authorities/authorizations/index.js';
import { isId, isResourceText, isUserId } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const CONSENT = `user_id AS "userId", app_id AS "appId", nullif(resource, '') AS resource, scopes, granted_at AS "grantedAt"`;

/** Of the issuer's own API. A null in a key would be equal to no other. */
const OWN_API = '';

/** Consents in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmConsentStore extends ConsentStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async add({ userId, appId, resource, scopes, grantedAt }: ConsentRecord): Promise<boolean> {
    if (!isUserId(userId)) throw new TypeError('consents: expected a user id of 1 to 256 characters');
    if (!isId(appId)) return false;
    // Locked, so that an app removed at the same moment is not found, rather than a violated foreign key. In one statement:
    // of two consents that are given at a time, both are kept.
    const added = await this.transactions.rows(
      `INSERT INTO portcullis_consents AS consent (user_id, app_id, resource, scopes, granted_at)
       SELECT $1, app.id, $3, $4::text[], $5::timestamptz FROM portcullis_apps app WHERE app.id = $2 FOR KEY SHARE
       ON CONFLICT (user_id, app_id, resource) DO UPDATE SET
         scopes = consent.scopes || ARRAY(
           SELECT scope FROM unnest(excluded.scopes) WITH ORDINALITY AS added (scope, place)
           WHERE scope <> ALL (consent.scopes) ORDER BY place),
         granted_at = greatest(consent.granted_at, excluded.granted_at)
       RETURNING app_id`,
      [userId, appId, resource ?? OWN_API, [...new Set(scopes)], grantedAt],
    );
    return added.length > 0;
  }

  override async find({
    userId,
    appId,
    resource,
  }: Pick<ConsentRecord, 'userId' | 'appId' | 'resource'>): Promise<ConsentRecord | undefined> {
    if (!isUserId(userId) || !isId(appId)) return undefined;
    if (resource !== null && !isResourceText(resource)) return undefined;
    const [consent] = await this.transactions.rows<ConsentRecord>(
      `SELECT ${CONSENT} FROM portcullis_consents WHERE user_id = $1 AND app_id = $2 AND resource = $3
       FOR SHARE`,
      [userId, appId, resource ?? OWN_API],
    );
    return consent;
  }

  override async listOf(userId: string): Promise<ConsentRecord[]> {
    if (!isUserId(userId)) return [];
    return this.transactions.rows<ConsentRecord>(
      `SELECT ${CONSENT} FROM portcullis_consents consent WHERE user_id = $1
       ORDER BY granted_at DESC, app_id, consent.resource`,
      [userId],
    );
  }

  override async remove(userId: string, appId: string): Promise<number> {
    if (!isUserId(userId) || !isId(appId)) return 0;
    const removed = await this.transactions.rows(
      'DELETE FROM portcullis_consents WHERE user_id = $1 AND app_id = $2 RETURNING resource',
      [userId, appId],
    );
    return removed.length;
  }
}
