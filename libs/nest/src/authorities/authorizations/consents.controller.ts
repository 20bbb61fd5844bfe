import { Controller, Delete, Get, HttpCode, Param, UseInterceptors } from '@nestjs/common';
import {
  Caller,
  CallingUser,
  Protect,
  SecurityProblem,
  type CallerFacts,
  type CallingUserFacts,
} from '../../pipeline/index.js';
import { ActingUserInterceptor } from '../../state/index.js';
import { AppPolicies } from '../apps/index.js';
import { ResourceDirectory } from '../resources/index.js';
import { appInView, SessionOptions } from '../sessions/index.js';
import type { ConsentRecord } from './consent.store.js';
import { Consents } from './consents.js';

/** What users have allowed apps to do on their behalf: to look at, and to take back. */
@UseInterceptors(ActingUserInterceptor)
@Controller('consents')
export class ConsentsController {
  constructor(
    private readonly consents: Consents,
    private readonly apps: AppPolicies,
    private readonly resources: ResourceDirectory,
    private readonly options: SessionOptions,
  ) {}

  @Protect({ user: true })
  @Get()
  async list(@CallingUser() { id }: CallingUserFacts, @Caller() caller: CallerFacts): Promise<object[]> {
    const consents = await this.consents.of(id);
    const inView = consents.filter(({ appId }) => this.isInView(caller, appId));
    return Promise.all(inView.map((consent) => this.shown(consent)));
  }

  /** The app has to ask again, and the sessions that the user has through it end. */
  @Protect({ user: true })
  @HttpCode(204)
  @Delete(':appId')
  async withdraw(
    @Param('appId') appId: string,
    @CallingUser() { id }: CallingUserFacts,
    @Caller() caller: CallerFacts,
  ): Promise<void> {
    if (!this.isInView(caller, appId))
      throw new SecurityProblem('not_found', { reason: 'consent_of_another_app' });
    await this.consents.withdraw(id, appId);
  }

  private isInView(caller: CallerFacts, appId: string): boolean {
    return (appInView(caller, this.options) ?? appId) === appId;
  }

  private async shown({ appId, resource, scopes, grantedAt }: ConsentRecord): Promise<object> {
    const app = await this.apps.of(appId);
    return {
      appId,
      app: { id: appId, name: app?.name ?? null },
      resource: resource === null ? null : await this.shownResource(resource),
      scope: scopes.join(' '),
      grantedAt,
    };
  }

  private async shownResource(identifier: string): Promise<object> {
    return { identifier, name: (await this.resources.find(identifier))?.name ?? null };
  }
}
