import { Body, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import {
  AdminKeys,
  AdminScope,
  type AdminKey,
  type AdminKeyHolder,
} from '../../authorities/admin-keys/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { Holder } from './admin-holder.js';
import { newAdminKeySchema } from './admin.schemas.js';
import { Administration } from './administration.decorator.js';

/** Named administration keys. A key is shown in the answer that makes it, and never again. */
@Administration('keys')
export class KeysController {
  constructor(private readonly keys: AdminKeys) {}

  @AdminScope('keys:write')
  @Header('Cache-Control', 'no-store')
  @Post()
  async create(
    @Holder() maker: AdminKeyHolder,
    @Body(new ZodValidationPipe(newAdminKeySchema)) body: z.output<typeof newAdminKeySchema>,
  ): Promise<object> {
    const { key, text } = await this.keys.create({ ...body, maker });
    return { ...key, key: text };
  }

  @AdminScope('keys:read')
  @Get()
  list(): Promise<AdminKey[]> {
    return this.keys.list();
  }

  @AdminScope('keys:write')
  @HttpCode(204)
  @Delete(':id')
  revoke(@Param('id') id: string): Promise<void> {
    return this.keys.revoke(id);
  }
}
