import { Injectable } from '@nestjs/common';
import { CodeRedemptionStore } from '../../authorizations/index.js';
import type { NewSession } from '../../sessions/index.js';
import { AuthorizationCodes, type IssuedCode } from './authorization-codes.js';
import { CodeReplays } from './code-replays.js';
import { RedeemedBefore } from './redeemed-before.js';

/** Redeems codes: once, and takes back what one gave that turns out to be presented twice. */
@Injectable()
export class CodeRedemptions {
  constructor(
    private readonly codes: AuthorizationCodes,
    private readonly redemptions: CodeRedemptionStore,
    private readonly replays: CodeReplays,
  ) {}

  /**
   * @param start begins the session that the code is redeemed for; hand it what is to be done within.
   * @throws InvalidGrant for a code that was redeemed before: by then, the session that it was redeemed for is ended.
   */
  async redeem<T>(
    code: IssuedCode,
    start: (within: NonNullable<NewSession['within']>) => Promise<T>,
  ): Promise<T> {
    try {
      return await start((session, keep) => this.keepOnce({ code, sessionId: session.id }, keep));
    } catch (error) {
      if (!(error instanceof RedeemedBefore)) throw error;
      throw await this.replays.end(code);
    }
  }

  private async keepOnce<T>(
    { code, sessionId }: { readonly code: IssuedCode; readonly sessionId: string },
    keep: () => Promise<T>,
  ): Promise<T> {
    // First: whoever else redeems the code waits here until it is decided, and then finds what there is to take back.
    const expiresAt = this.replays.rememberedUntil(code);
    if (!(await this.redemptions.record({ codeId: code.id, sessionId, expiresAt })))
      throw new RedeemedBefore();
    const kept = await keep();
    // Last: as long as something else can fail, the code may be presented again.
    if (!(await this.codes.consume(code))) throw new RedeemedBefore();
    return kept;
  }
}
