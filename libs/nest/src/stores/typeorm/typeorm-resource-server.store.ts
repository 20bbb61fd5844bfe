import { QueryFailedError } from 'typeorm';
import {
  ResourceServerStore,
  type ResourceServerChanges,
  type ResourceServerRecord,
} from '../../authorities/resources/index.js';
import { validationFailed } from '../../pipeline/index.js';
import { assignChanges } from './assign-changes.js';
import { isResourceText } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const RESOURCE = `resource.identifier, resource.name, resource.scopes, resource.app_id AS "appId",
  resource.created_at AS "createdAt"`;

const CHANGEABLE: Readonly<Record<keyof ResourceServerChanges, string>> = {
  name: 'name',
  scopes: 'scopes',
  appId: 'app_id',
};

/** SQLSTATE of a foreign key to a row that is not there. */
const NO_SUCH_ROW = '23503';

/** Resource servers in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmResourceServerStore extends ResourceServerStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async insert(resource: ResourceServerRecord): Promise<boolean> {
    const { identifier, name, scopes, appId, createdAt } = resource;
    if (!isResourceText(identifier)) throw new TypeError('resources: expected 1 to 256 characters');
    const inserted = await this.ofKnownApp(() =>
      this.transactions.rows(
        `INSERT INTO portcullis_resources (identifier, name, scopes, app_id, created_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (identifier) DO NOTHING RETURNING identifier`,
        [identifier, name, scopes, appId, createdAt],
      ),
    );
    return inserted.length > 0;
  }

  override async find(identifier: string): Promise<ResourceServerRecord | undefined> {
    if (!isResourceText(identifier)) return undefined;
    const [resource] = await this.transactions.rows<ResourceServerRecord>(
      `SELECT ${RESOURCE} FROM portcullis_resources resource WHERE resource.identifier = $1`,
      [identifier],
    );
    return resource;
  }

  override list(): Promise<ResourceServerRecord[]> {
    return this.transactions.rows<ResourceServerRecord>(
      `SELECT ${RESOURCE} FROM portcullis_resources resource ORDER BY resource.identifier`,
    );
  }

  override async update(
    identifier: string,
    changes: ResourceServerChanges,
  ): Promise<ResourceServerRecord | undefined> {
    if (!isResourceText(identifier)) return undefined;
    const { sql, values } = assignChanges(CHANGEABLE, changes, 'identifier');
    const [resource] = await this.ofKnownApp(() =>
      this.transactions.rows<ResourceServerRecord>(
        `UPDATE portcullis_resources resource SET ${sql} WHERE resource.identifier = $1 RETURNING ${RESOURCE}`,
        [identifier, ...values],
      ),
    );
    return resource;
  }

  override async remove(identifier: string): Promise<boolean> {
    if (!isResourceText(identifier)) return false;
    return this.transactions.run(async () => {
      const sql = 'DELETE FROM portcullis_resources WHERE identifier = $1 RETURNING identifier';
      if ((await this.transactions.rows(sql, [identifier])).length === 0) return false;
      await this.transactions.rows('DELETE FROM portcullis_consents WHERE resource = $1', [identifier]);
      return true;
    });
  }

  /** The app may have been removed a moment ago. */
  private async ofKnownApp<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.transactions.run(work);
    } catch (error) {
      if (error instanceof QueryFailedError && error.driverError.code === NO_SUCH_ROW)
        throw validationFailed({ appId: 'expected a confidential app' });
      throw error;
    }
  }
}
