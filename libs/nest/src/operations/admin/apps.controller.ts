import { Body, Delete, Get, Header, HttpCode, Param, Patch, Post } from '@nestjs/common';
import type { z } from 'zod';
import { AdminScope } from '../../authorities/admin-keys/index.js';
import { Apps, type AppRecord, type SecretPurpose } from '../../authorities/apps/index.js';
import { ZodValidationPipe } from '../../pipeline/index.js';
import { integrityRotationSchema, rotationSchema } from './admin.schemas.js';
import { Administration } from './administration.decorator.js';
import { appChangesSchema, newAppSchema } from './apps.schemas.js';
import { definedOf } from './defined-of.js';

interface ShownSecret {
  readonly secret: string;
  readonly secretId: string;
}

/** Apps and their secrets. A secret is shown in the answer that makes it, and never again. */
@Administration('apps')
export class AppsController {
  constructor(private readonly apps: Apps) {}

  @AdminScope('apps:write')
  @Header('Cache-Control', 'no-store')
  @Post()
  async register(
    @Body(new ZodValidationPipe(newAppSchema)) body: z.output<typeof newAppSchema>,
  ): Promise<object> {
    const { id, ...rest } = body;
    const { app, ...secrets } = await this.apps.register(id === undefined ? rest : { ...rest, id });
    return { ...app, ...secrets };
  }

  @AdminScope('apps:read')
  @Get()
  list(): Promise<AppRecord[]> {
    return this.apps.list();
  }

  @AdminScope('apps:read')
  @Get(':id')
  async get(@Param('id') id: string): Promise<object> {
    const { app, secrets } = await this.apps.get(id);
    return {
      ...app,
      secrets: secrets.map(({ id: secretId, purpose, createdAt, expiresAt }) => ({
        secretId,
        purpose,
        createdAt,
        expiresAt,
      })),
    };
  }

  @AdminScope('apps:write')
  @Patch(':id')
  change(
    @Param('id') id: string,
    @Body(new ZodValidationPipe(appChangesSchema)) body: z.output<typeof appChangesSchema>,
  ): Promise<AppRecord> {
    return this.apps.change(id, definedOf(body));
  }

  @AdminScope('apps:write')
  @HttpCode(204)
  @Delete(':id')
  remove(@Param('id') id: string): Promise<void> {
    return this.apps.remove(id);
  }

  @AdminScope('secrets:write')
  @Header('Cache-Control', 'no-store')
  @Post(':id/signing-secrets')
  rotateSigning(
    @Param('id') id: string,
    @Body(new ZodValidationPipe(rotationSchema)) { overlapSeconds }: z.output<typeof rotationSchema>,
  ): Promise<ShownSecret> {
    return this.rotate(id, 'signing', { overlapSeconds });
  }

  @AdminScope('secrets:write')
  @Header('Cache-Control', 'no-store')
  @Post(':id/client-secrets')
  rotateClient(
    @Param('id') id: string,
    @Body(new ZodValidationPipe(rotationSchema)) { overlapSeconds }: z.output<typeof rotationSchema>,
  ): Promise<ShownSecret> {
    return this.rotate(id, 'client', { overlapSeconds });
  }

  @AdminScope('secrets:write')
  @Header('Cache-Control', 'no-store')
  @Post(':id/integrity-secrets')
  rotateIntegrity(
    @Param('id') id: string,
    @Body(new ZodValidationPipe(integrityRotationSchema)) body: z.output<typeof integrityRotationSchema>,
  ): Promise<ShownSecret> {
    return this.rotate(id, 'integrity', body);
  }

  @AdminScope('secrets:write')
  @HttpCode(204)
  @Delete(':id/signing-secrets/:secretId')
  removeSigning(@Param('id') appId: string, @Param('secretId') id: string): Promise<void> {
    return this.apps.removeSecret({ id, appId, purpose: 'signing' });
  }

  @AdminScope('secrets:write')
  @HttpCode(204)
  @Delete(':id/client-secrets/:secretId')
  removeClient(@Param('id') appId: string, @Param('secretId') id: string): Promise<void> {
    return this.apps.removeSecret({ id, appId, purpose: 'client' });
  }

  @AdminScope('secrets:write')
  @HttpCode(204)
  @Delete(':id/integrity-secrets/:secretId')
  removeIntegrity(@Param('id') appId: string, @Param('secretId') id: string): Promise<void> {
    return this.apps.removeSecret({ id, appId, purpose: 'integrity' });
  }

  private async rotate(
    appId: string,
    purpose: SecretPurpose,
    { overlapSeconds, secret }: { overlapSeconds: number; secret?: string | undefined },
  ): Promise<ShownSecret> {
    const { text, record } = await this.apps.rotateSecret({
      appId,
      purpose,
      overlapSeconds,
      importedSecret: secret,
    });
    return { secret: text, secretId: record.id };
  }
}
