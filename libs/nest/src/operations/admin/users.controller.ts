import { Body, Delete, Get, HttpCode, Param, Patch, Post, Put } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { Users, type User } from '../../authorities/users/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { newUserSchema, userChangesSchema, userScopesSchema } from './admin.schemas.js';
import { Administration } from './administration.decorator.js';
import { NewUserHook } from './new-user-hook.js';

/** Users, and what each may do through which app. */
@Administration('users')
export class UsersController {
  constructor(
    private readonly users: Users,
    private readonly hook: NewUserHook,
  ) {}

  @AdminScope('users:write')
  @Post()
  async register(
    @Body(new ZodValidationPipe(newUserSchema)) body: z.output<typeof newUserSchema>,
  ): Promise<object> {
    let added: Readonly<Record<string, unknown>> = {};
    const user = await this.users.register(body, async (id) => (added = await this.hook.onNewUser(id)));
    return { ...user, ...added };
  }

  @AdminScope('users:read')
  @Get()
  list(): Promise<User[]> {
    return this.users.list();
  }

  @AdminScope('users:read')
  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const { user, scopesByApp } = await this.users.get(id);
    return { ...user, apps: [...scopesByApp].map(([appId, scopes]) => ({ appId, scopes })) };
  }

  /** A new password ends every session that was started with the old one. */
  @AdminScope('users:write')
  @Patch(':id')
  change(
    @Param('id') id: string,
    @Body(new ZodValidationPipe(userChangesSchema)) body: z.output<typeof userChangesSchema>,
  ): Promise<User> {
    return this.users.change(id, body);
  }

  @AdminScope('users:write')
  @HttpCode(204)
  @Delete(':id')
  remove(@Param('id') id: string): Promise<void> {
    return this.users.remove(id);
  }

  @AdminScope('users:write')
  @Put(':id/apps/:appId')
  async limit(
    @Param('id') userId: string,
    @Param('appId') appId: string,
    @Body(new ZodValidationPipe(userScopesSchema)) { scopes }: z.output<typeof userScopesSchema>,
  ): Promise<object> {
    await this.users.limit({ userId, appId, scopes });
    return { userId, appId, scopes };
  }

  @AdminScope('users:write')
  @HttpCode(204)
  @Delete(':id/apps/:appId')
  unlimit(@Param('id') userId: string, @Param('appId') appId: string): Promise<void> {
    return this.users.unlimit(userId, appId);
  }
}
