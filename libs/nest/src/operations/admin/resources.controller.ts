import { Body, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { ResourceServers, type ResourceServerRecord } from '../../authorities/resources/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { Administration } from './administration.decorator.js';
import { definedOf } from './defined-of.js';
import { newResourceSchema, resourceChangesSchema } from './resources.schemas.js';

/** APIs that tokens can be asked for. The identifier, a URI, is percent-encoded in the path. */
@Administration('resources')
export class ResourcesController {
  constructor(private readonly resources: ResourceServers) {}

  @AdminScope('resources:write')
  @Post()
  register(
    @Body(new ZodValidationPipe(newResourceSchema)) body: z.output<typeof newResourceSchema>,
  ): Promise<ResourceServerRecord> {
    return this.resources.register(body);
  }

  @AdminScope('resources:read')
  @Get()
  list(): Promise<ResourceServerRecord[]> {
    return this.resources.list();
  }

  @AdminScope('resources:read')
  @Get(':identifier')
  get(@Param('identifier') identifier: string): Promise<ResourceServerRecord> {
    return this.resources.get(identifier);
  }

  @AdminScope('resources:write')
  @Patch(':identifier')
  change(
    @Param('identifier') identifier: string,
    @Body(new ZodValidationPipe(resourceChangesSchema)) body: z.output<typeof resourceChangesSchema>,
  ): Promise<ResourceServerRecord> {
    return this.resources.change(identifier, definedOf(body));
  }

  @AdminScope('resources:write')
  @HttpCode(204)
  @Delete(':identifier')
  remove(@Param('identifier') identifier: string): Promise<void> {
    return this.resources.remove(identifier);
  }
}
