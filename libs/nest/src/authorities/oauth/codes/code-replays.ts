import { Injectable } from '@nestjs/common';
import { Clock } from '../../../pipeline/index.js';
import { AuditTrail, ChangeFeed, THE_HOST, Transactions } from '../../../state/index.js';
import { CodeRedemptionStore } from '../../authorizations/index.js';
import { RevocableSessions, RevocationRetention, sessionEnded } from '../../revocations/index.js';
import { InvalidGrant, type StolenGrant } from '../../tokens/index.js';
import type { IssuedCode } from './authorization-codes.js';

/** Takes back what a code gave that is presented twice (RFC 6749 §4.1.2, RFC 9700 §4.5). */
@Injectable()
export class CodeReplays {
  constructor(
    private readonly redemptions: CodeRedemptionStore,
    private readonly sessions: RevocableSessions,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly clock: Clock,
  ) {}

  /** What to refuse the second redemption with, once what follows from it is committed. */
  async end(code: IssuedCode): Promise<InvalidGrant> {
    // Thrown inside, it would undo the end of the session.
    const stolen = await this.transactions.run(() => this.takeBack(code));
    return new InvalidGrant('code_reused', stolen);
  }

  /** Longer than the code itself is accepted, whatever node's clock says so. */
  rememberedUntil({ expiresAt }: IssuedCode): Date {
    return this.retention.expiresAt(expiresAt.getTime());
  }

  private async takeBack(code: IssuedCode): Promise<StolenGrant | undefined> {
    const { appId, userId } = code.grant;
    const expiresAt = this.rememberedUntil(code);
    const sessionId = await this.redemptions.markReplayed({ codeId: code.id, expiresAt });
    if (sessionId === undefined || !(await this.sessions.remove(sessionId))) return undefined;
    await this.audit.record({
      action: 'code.reused',
      subject: { kind: 'session', id: sessionId },
      details: { appId, userId },
      by: THE_HOST,
    });
    const { retention } = this;
    await this.changes.record([sessionEnded({ id: sessionId, endedAtMs: this.clock.now(), retention })]);
    return { sessionId, appId, userId };
  }
}
