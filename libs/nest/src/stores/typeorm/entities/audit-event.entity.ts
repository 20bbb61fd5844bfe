import { Check, Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import type { ActDetails, ActingParty, AuditAction, AuditSubject } from '../../../state/index.js';

@Entity('portcullis_audit_events')
@Check('portcullis_audit_events_actor_kind_check', `actor_kind IN ('root-key', 'admin-key', 'user', 'host')`)
@Index('portcullis_audit_events_actor_id_idx', ['actorId', 'id'])
@Index('portcullis_audit_events_subject_id_idx', ['subjectId', 'id'])
@Index('portcullis_audit_events_at_idx', ['at'])
export class AuditEventEntity {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column({ type: 'timestamptz', precision: 3 })
  at!: Date;

  @Column({ type: 'text', collation: 'C' })
  action!: AuditAction;

  @Column({ name: 'actor_kind', type: 'text' })
  actorKind!: ActingParty['kind'];

  @Column({ name: 'actor_id', type: 'text', collation: 'C' })
  actorId!: string;

  @Column({ name: 'actor_name', type: 'text', nullable: true })
  actorName!: string | null;

  @Column({ name: 'subject_kind', type: 'text' })
  subjectKind!: AuditSubject['kind'];

  @Column({ name: 'subject_id', type: 'text', collation: 'C' })
  subjectId!: string;

  @Column({ type: 'text', nullable: true })
  address!: string | null;

  @Column({ name: 'request_id', type: 'text', nullable: true })
  requestId!: string | null;

  @Column({ type: 'jsonb' })
  details!: ActDetails;
}
