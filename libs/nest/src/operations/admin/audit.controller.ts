import { Get, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { AuditStore, type AuditEvent } from '../../state/index.js';
import { Administration } from './administration.decorator.js';
import { auditQuerySchema } from './audit.schemas.js';

interface ShownEvent extends Omit<AuditEvent, 'party'> {
  readonly actor: AuditEvent['party'];
}

interface AuditPage {
  readonly events: readonly ShownEvent[];
  /** `before` of the next page; null where this is the last. */
  readonly next: string | null;
}

function shown({ id, at, action, party, subject, address, requestId, details }: AuditEvent): ShownEvent {
  return { id, at, action, actor: party, subject, address, requestId, details };
}

/** Who did what, when and from where, newest first. */
@Administration('audit')
export class AuditController {
  constructor(private readonly store: AuditStore) {}

  @AdminScope('audit:read')
  @Get()
  async find(
    @Query(new ZodValidationPipe(auditQuerySchema)) { limit, ...query }: z.output<typeof auditQuerySchema>,
  ): Promise<AuditPage> {
    const found = await this.store.find({ ...query, limit: limit + 1 });
    const events = found.slice(0, limit).map(shown);
    return { events, next: found.length > limit ? (events.at(-1)?.id ?? null) : null };
  }
}
