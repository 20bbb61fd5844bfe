import { Delete, Get, HttpCode, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { Consents, type ConsentRecord } from '../../authorities/authorizations/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { Administration } from './administration.decorator.js';
import { consentsOfSchema, consentsToSchema } from './consents.schemas.js';

/** What users have allowed apps to do. Withdrawing ends the sessions that the user has through the app. */
@Administration('consents')
export class AdminConsentsController {
  constructor(private readonly consents: Consents) {}

  @AdminScope('consents:read')
  @Get()
  list(
    @Query(new ZodValidationPipe(consentsOfSchema)) { userId }: z.output<typeof consentsOfSchema>,
  ): Promise<ConsentRecord[]> {
    return this.consents.of(userId);
  }

  @AdminScope('consents:write')
  @HttpCode(204)
  @Delete()
  withdraw(
    @Query(new ZodValidationPipe(consentsToSchema)) { userId, appId }: z.output<typeof consentsToSchema>,
  ): Promise<void> {
    return this.consents.withdraw(userId, appId);
  }
}
