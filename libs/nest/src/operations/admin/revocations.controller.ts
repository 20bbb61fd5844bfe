import { Body, Get, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { Revocations, type RecordedRevocation } from '../../authorities/revocations/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { Administration } from './administration.decorator.js';
import { revocationSchema, revocationsQuerySchema } from './revocations.schemas.js';

/** Revokes tokens, sessions, and everything of a user, of an app, or of anybody. */
@Administration('revocations')
export class RevocationsController {
  constructor(private readonly revocations: Revocations) {}

  @AdminScope('revocations:write')
  @Post()
  revoke(
    @Body(new ZodValidationPipe(revocationSchema)) { target, before }: z.output<typeof revocationSchema>,
  ): Promise<RecordedRevocation> {
    return this.revocations.revoke(target, before);
  }

  /** Those that can still hit anything, newest first. */
  @AdminScope('revocations:read')
  @Get()
  list(
    @Query(new ZodValidationPipe(revocationsQuerySchema))
    { limit }: z.output<typeof revocationsQuerySchema>,
  ): Promise<RecordedRevocation[]> {
    return this.revocations.list(limit);
  }
}
