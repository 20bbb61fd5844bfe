import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import {
  CredentialSources,
  DecisionLog,
  messageOf,
  PipelineOptions,
  presentedCredentials,
  readRequest,
  SecurityProblem,
  type InboundRequest,
} from '../../pipeline/index.js';
import { AdminOptions } from './admin.options.js';

function digest(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Demands the administration key: `Authorization: Bearer <key>`. */
@Injectable()
export class AdminKeyGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(
    options: AdminOptions,
    private readonly pipeline: PipelineOptions,
    private readonly sources: CredentialSources,
    private readonly log: DecisionLog,
  ) {
    this.expected = digest(options.key);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = readRequest(messageOf(context.switchToHttp().getRequest()), this.pipeline);
    try {
      this.refuseOthers(request);
      return true;
    } catch (error) {
      if (error instanceof SecurityProblem) this.recordRefusal(context, request, error);
      throw error;
    }
  }

  private refuseOthers(request: InboundRequest): void {
    const { bearer } = presentedCredentials(request, this.sources);
    // Digests, so that not even the key's length shows in the time.
    if (bearer !== undefined && timingSafeEqual(this.expected, digest(bearer))) return;
    throw new SecurityProblem('admin_key_invalid', {
      reason: bearer === undefined ? 'admin_key_missing' : 'admin_key_unknown',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }

  private recordRefusal(
    context: ExecutionContext,
    { id, peerAddress }: InboundRequest,
    { code, reason }: SecurityProblem,
  ): void {
    const route = `${context.getClass().name}.${context.getHandler().name}`;
    this.log.record({
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
