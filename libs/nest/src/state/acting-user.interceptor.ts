import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Admission, type CallerFacts } from '../pipeline/index.js';
import { ActingContext } from './acting-context.js';
import type { Acting, ActingParty } from './acting-party.js';

/** On a protected route: what the handler does is recorded as done by the calling user, with the request it came by. */
@Injectable()
export class ActingUserInterceptor implements NestInterceptor {
  constructor(
    private readonly admission: Admission,
    private readonly acting: ActingContext,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<ReturnType<CallHandler['handle']>> {
    // Admitted by the guard already: this answers what it established.
    const caller = await this.admission.admit(context);
    return this.acting.run(this.actingOf(caller), () => next.handle());
  }

  /** Without a user (a sign-in, before it has succeeded) still the host acts, for this request. */
  private actingOf({ user, peerAddress, requestId }: CallerFacts): Acting {
    const party: ActingParty = user ? { kind: 'user', id: user.id, name: null } : this.acting.current.party;
    return { party, address: peerAddress, requestId };
  }
}
