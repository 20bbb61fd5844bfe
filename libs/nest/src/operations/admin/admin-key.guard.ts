import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  ADMIN_SCOPES,
  AdminKeyDirectory,
  adminKeyInvalid,
  adminScopeMissing,
  adminScopeOf,
  type AdminKeyHolder,
  type AdminKeyRecord,
} from '../../authorities/admin-keys/index.js';
import {
  CredentialSources,
  DecisionLog,
  messageOf,
  PipelineOptions,
  presentedCredentials,
  readRequest,
  recordDecision,
  SecurityProblem,
  type InboundRequest,
} from '../../pipeline/index.js';
import { rememberHolder } from './admin-holder.js';
import { AdminOptions } from './admin.options.js';

const ROOT: AdminKeyHolder = Object.freeze({
  party: Object.freeze({ kind: 'root-key', id: 'root-key', name: null }),
  scopes: ADMIN_SCOPES,
});

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function holderOfNamed(key: AdminKeyRecord | undefined): AdminKeyHolder {
  if (!key) throw adminKeyInvalid('admin_key_unknown');
  return { party: { kind: 'admin-key', id: key.id, name: key.name }, scopes: key.scopes };
}

/** Demands an administration key that has the operation's scope: `Authorization: Bearer <key>`. */
@Injectable()
export class AdminKeyGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(
    options: AdminOptions,
    private readonly pipeline: PipelineOptions,
    private readonly sources: CredentialSources,
    private readonly log: DecisionLog,
    private readonly keys: AdminKeyDirectory,
  ) {
    this.expected = digest(options.key);
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = readRequest(messageOf(context.switchToHttp().getRequest()), this.pipeline);
    const refused = (error: unknown): never => {
      if (error instanceof SecurityProblem) this.recordRefusal(context, request, error);
      throw error;
    };
    try {
      const holder = this.identify(request);
      return holder instanceof Promise
        ? holder.then((found) => this.admit(context, found)).catch(refused)
        : this.admit(context, holder);
    } catch (error) {
      return refused(error);
    }
  }

  private identify(request: InboundRequest): AdminKeyHolder | Promise<AdminKeyHolder> {
    const { bearer } = presentedCredentials(request, this.sources);
    if (bearer === undefined) throw adminKeyInvalid('admin_key_missing');
    // Digests, so that not even the key's length shows in the time.
    if (timingSafeEqual(this.expected, digest(bearer))) return ROOT;
    const named = this.keys.find(bearer);
    return named instanceof Promise ? named.then(holderOfNamed) : holderOfNamed(named);
  }

  private admit(context: ExecutionContext, holder: AdminKeyHolder): boolean {
    const scope = adminScopeOf(context.getHandler());
    // Nobody said what it demands: it demands everything.
    const missing = (scope === undefined ? ADMIN_SCOPES : [scope]).filter(
      (demanded) => !holder.scopes.includes(demanded),
    );
    if (missing.length > 0) throw adminScopeMissing(missing);
    rememberHolder(messageOf(context.switchToHttp().getRequest()), holder);
    return true;
  }

  private recordRefusal(
    context: ExecutionContext,
    { id, peerAddress }: InboundRequest,
    { code, reason }: SecurityProblem,
  ): void {
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    recordDecision(this.log, {
      event: 'refused',
      requestId: id,
      route,
      peerAddress,
      latencyMs: 0,
      layer: 'admin-key',
      code,
      reason,
    });
  }
}
