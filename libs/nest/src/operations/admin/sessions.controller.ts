import { Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { Sessions, type Session } from '../../authorities/sessions/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { sessionsOfSchema } from './admin.schemas.js';
import { Administration } from './administration.decorator.js';

/** Users' sessions. */
@Administration('sessions')
export class AdminSessionsController {
  constructor(private readonly sessions: Sessions) {}

  @AdminScope('sessions:read')
  @Get()
  list(
    @Query(new ZodValidationPipe(sessionsOfSchema)) { userId }: z.output<typeof sessionsOfSchema>,
  ): Promise<Session[]> {
    return this.sessions.list(userId);
  }

  @AdminScope('sessions:write')
  @HttpCode(204)
  @Delete(':id')
  end(@Param('id') id: string): Promise<void> {
    return this.sessions.end(id);
  }

  @AdminScope('sessions:write')
  @HttpCode(204)
  @Delete()
  endAll(
    @Query(new ZodValidationPipe(sessionsOfSchema)) { userId }: z.output<typeof sessionsOfSchema>,
  ): Promise<void> {
    return this.sessions.endAllOf(userId);
  }
}
