import { Injectable } from '@nestjs/common';
import { Clock, SecurityProblem, validationFailed } from '../../pipeline/index.js';
import {
  AuditTrail,
  ChangeFeed,
  copyChange,
  Transactions,
  type ActDetails,
  type AuditAction,
} from '../../state/index.js';
import { AppStore } from '../apps/index.js';
import { isResourceIdentifier } from './is-resource-identifier.js';
import {
  ResourceServerStore,
  type ResourceServerChanges,
  type ResourceServerRecord,
} from './resource-server.store.js';

/** What a new resource server is registered with. */
export interface NewResourceServer {
  readonly identifier: string;
  readonly name: string;
  /** None unless named. */
  readonly scopes?: readonly string[] | undefined;
  /** Null unless named. */
  readonly appId?: string | null | undefined;
}

function noSuchResource(): SecurityProblem {
  return new SecurityProblem('not_found', { reason: 'no_such_resource' });
}

/** Registers resource servers, and changes them. Takes effect on every node at once, or within the bound. */
@Injectable()
export class ResourceServers {
  constructor(
    private readonly store: ResourceServerStore,
    private readonly apps: AppStore,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `validation_failed` for an identifier that is taken or none, and for an app that is not there or could not
   * authenticate.
   */
  async register({
    identifier,
    name,
    scopes = [],
    appId = null,
  }: NewResourceServer): Promise<ResourceServerRecord> {
    if (!isResourceIdentifier(identifier))
      throw validationFailed({ identifier: 'expected an absolute URI without a fragment' });
    const resource = { identifier, name, scopes, appId, createdAt: new Date(this.clock.now()) };
    return this.transactions.run(async () => {
      await this.refuseUnableApp(appId);
      if (!(await this.store.insert(resource))) throw validationFailed({ identifier: 'is taken' });
      await this.record('resource.registered', identifier, { scopes, ...(appId !== null && { appId }) });
      // A node may remember that there was no such resource server.
      await this.announce(identifier);
      return resource;
    });
  }

  list(): Promise<ResourceServerRecord[]> {
    return this.store.list();
  }

  /** Throws `not_found`. */
  async get(identifier: string): Promise<ResourceServerRecord> {
    const found = await this.store.find(identifier);
    if (!found) throw noSuchResource();
    return found;
  }

  /** Throws `not_found`, and `validation_failed` for an app that is not there or could not authenticate. */
  async change(identifier: string, changes: ResourceServerChanges): Promise<ResourceServerRecord> {
    return this.transactions.run(async () => {
      await this.refuseUnableApp(changes.appId ?? null);
      const resource = await this.store.update(identifier, changes);
      if (!resource) throw noSuchResource();
      const members = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      if (members.length > 0) {
        const { scopes, appId } = changes;
        const now = { ...(scopes && { scopes }), ...(typeof appId === 'string' && { appId }) };
        await this.record('resource.changed', identifier, { members, ...now });
      }
      await this.announce(identifier);
      return resource;
    });
  }

  /** Throws `not_found`. What users have allowed for it is forgotten with it; its tokens live until they expire. */
  remove(identifier: string): Promise<void> {
    return this.transactions.run(async () => {
      if (!(await this.store.remove(identifier))) throw noSuchResource();
      await this.record('resource.removed', identifier);
      await this.announce(identifier);
    });
  }

  /** Only what authenticates may be told what tokens are worth (RFC 7662 §2.1). */
  private async refuseUnableApp(appId: string | null): Promise<void> {
    if (appId === null) return;
    const found = await this.apps.find(appId);
    if (found?.app.clientType !== 'confidential')
      throw validationFailed({ appId: 'expected a confidential app' });
  }

  private record(action: AuditAction, id: string, details: ActDetails = {}): Promise<void> {
    return this.audit.record({ action, subject: { kind: 'resource', id }, details });
  }

  private announce(identifier: string): Promise<void> {
    return this.changes.record([copyChange('resource', identifier, this.clock.now())]);
  }
}
