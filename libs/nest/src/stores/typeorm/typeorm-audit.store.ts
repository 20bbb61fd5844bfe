import { AuditStore, type AuditEvent, type AuditQuery, type NewAuditEvent } from '../../state/index.js';
import { isKeptAsItIs } from './storable.js';
import type { TypeOrmTransactions } from './typeorm-transactions.js';

const EVENT = `id::text AS id, at, action, json_build_object('kind', actor_kind, 'id', actor_id, 'name', actor_name) AS party,
  json_build_object('kind', subject_kind, 'id', subject_id) AS subject, address, request_id AS "requestId", details`;

/** What a query's member demands of a row. */
const CONDITIONS: Readonly<Record<Exclude<keyof AuditQuery, 'limit'>, string>> = {
  actor: 'actor_id = ?',
  action: 'action = ?',
  subject: 'subject_id = ?',
  from: 'at >= ?',
  to: 'at < ?',
  before: 'id < ?::bigint',
};

/** Audit events in PostgreSQL. Throws `temporarily_unavailable` when the database cannot answer. */
export class TypeOrmAuditStore extends AuditStore {
  constructor(private readonly transactions: TypeOrmTransactions) {
    super();
  }

  override async append(event: NewAuditEvent): Promise<void> {
    const { at, action, party, subject, address, requestId, details } = event;
    await this.transactions.rows(
      `INSERT INTO portcullis_audit_events
         (at, action, actor_kind, actor_id, actor_name, subject_kind, subject_id, address, request_id, details)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        at,
        action,
        party.kind,
        party.id,
        party.name,
        subject.kind,
        subject.id,
        address,
        requestId,
        JSON.stringify(details),
      ],
    );
  }

  override async find({ limit, ...query }: AuditQuery): Promise<AuditEvent[]> {
    const values: unknown[] = [];
    const conditions: string[] = [];
    for (const member of Object.keys(CONDITIONS) as (keyof typeof CONDITIONS)[]) {
      const value = query[member];
      if (value === undefined) continue;
      if (typeof value === 'string' && !isKeptAsItIs(value)) return [];
      values.push(value);
      conditions.push(CONDITIONS[member].replace('?', `$${values.length}`));
    }
    const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : '';
    return this.transactions.rows<AuditEvent>(
      `SELECT ${EVENT} FROM portcullis_audit_events ${where}
       ORDER BY portcullis_audit_events.id DESC LIMIT $${values.length + 1}`,
      [...values, limit],
    );
  }
}
