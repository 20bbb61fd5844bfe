import { Injectable } from '@nestjs/common';
import { AuditTrail, ChangeFeed, THE_HOST, Transactions } from '../../state/index.js';
import { RevocableSessions, RevocationRetention, sessionEnded } from '../revocations/index.js';
import { InvalidGrant } from './invalid-grant.js';
import { RefreshFamilyStore, type Redemption, type RefreshFamilyRecord } from './refresh-family.store.js';
import type { RefreshToken } from './refresh-tokens.js';
import { ScopeExceeded } from './scope-exceeded.js';
import { TokenOptions } from './token.options.js';

type Verdict =
  /** It holds after all: somebody else has changed the family in between. */
  | { readonly kind: 'holds' }
  | { readonly kind: 'refused'; readonly error: InvalidGrant | ScopeExceeded }
  /** There are two who hold tokens of this family, or there is one who should not. */
  | { readonly kind: 'stolen'; readonly reason: string };

const HOLDS: Verdict = { kind: 'holds' };

/** Says what is wrong with a genuine refresh token that was not redeemed, and ends the session of one that was stolen. */
@Injectable()
export class RefreshReuse {
  constructor(
    private readonly store: RefreshFamilyStore,
    private readonly sessions: RevocableSessions,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly options: TokenOptions,
  ) {}

  /**
   * Resolves when the token may be presented again. Throws `InvalidGrant` otherwise, after whatever follows from it was
   * committed, or `ScopeExceeded`.
   */
  async judge(token: RefreshToken, redemption: Redemption): Promise<void> {
    // Thrown inside, it would undo the end of the session.
    const error = await this.transactions.run(async () => {
      const family = await this.store.findLocked(token.sessionId);
      if (!family) return new InvalidGrant('refresh_family_unknown');
      const verdict = this.verdictOn(token, family, redemption);
      if (verdict.kind === 'holds') return undefined;
      return verdict.kind === 'refused' ? verdict.error : this.end(family, verdict.reason, redemption.now);
    });
    if (error) throw error;
  }

  private verdictOn(token: RefreshToken, family: RefreshFamilyRecord, redemption: Redemption): Verdict {
    const { appId, boundKey, now, hash } = redemption;
    // First: a grace outlives no expiry, and who comes back after a year stole nothing.
    if (now >= family.idleExpiresAt || now >= family.expiresAt) return refused('refresh_token_expired');
    // Of a time that the database knows nothing of: it was restored, or its last commits got lost when it failed over.
    if (token.generation > family.generation) return refused('refresh_token_ahead');
    if (appId !== family.appId) return stolen('refresh_token_of_another_app');
    if (boundKey !== family.boundKey) return stolen('refresh_token_of_another_key');
    // In plain time: hashes are no secret to whoever holds the token, and under a key.
    if (hash === family.currentHash) return withinScopes(family, redemption);
    if (hash !== family.previousHash || family.graceEndsAt === null || now >= family.graceEndsAt)
      return stolen('refresh_token_reused');
    if (family.graceReplays >= this.options.refreshGraceReplays) return stolen('refresh_grace_exhausted');
    return withinScopes(family, redemption);
  }

  private async end(family: RefreshFamilyRecord, reason: string, now: Date): Promise<InvalidGrant> {
    const { sessionId, appId, userId } = family;
    await this.sessions.remove(sessionId);
    await this.audit.record({
      action: 'refresh-token.reused',
      subject: { kind: 'session', id: sessionId },
      details: { appId, userId },
      by: THE_HOST,
    });
    const { retention } = this;
    await this.changes.record([sessionEnded({ id: sessionId, endedAtMs: now.getTime(), retention })]);
    return new InvalidGrant(reason, { sessionId, appId, userId });
  }
}

function withinScopes({ scopes }: RefreshFamilyRecord, { askedScopes }: Redemption): Verdict {
  const isWithin = askedScopes?.every((scope) => scopes.includes(scope)) ?? true;
  return isWithin ? HOLDS : { kind: 'refused', error: new ScopeExceeded() };
}

function refused(reason: string): Verdict {
  return { kind: 'refused', error: new InvalidGrant(reason) };
}

function stolen(reason: string): Verdict {
  return { kind: 'stolen', reason };
}
