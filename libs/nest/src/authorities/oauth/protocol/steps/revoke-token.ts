import { Injectable } from '@nestjs/common';
import { Revocations } from '../../../revocations/index.js';
import { PresentedTokens } from '../../presented/presented-tokens.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import { demandParameter } from '../parameters.js';

/**
 * RFC 7009 §2: an access token alone; a refresh token with its whole session, and so with every access token of it. What is
 * another client's, or no token any more, is answered as if it had been revoked, and left as it is.
 */
@Injectable()
export class RevokeToken extends ExchangeStep {
  constructor(
    private readonly tokens: PresentedTokens,
    private readonly revocations: Revocations,
  ) {
    super();
  }

  override async run(exchange: Exchange): Promise<void> {
    const text = demandParameter(exchange.parameters, 'token');
    const { id: clientId } = exchange.knownClient;
    const sessionId = await this.tokens.findSession(text, clientId);
    if (sessionId !== undefined) await this.revocations.revoke({ familyId: sessionId });
    else await this.revokeAccessToken(text, clientId);
    exchange.answer = { kind: 'nothing' };
  }

  private async revokeAccessToken(text: string, clientId: string): Promise<void> {
    const token = await this.tokens.find(text);
    if (token?.tokenId === undefined || token.clientId !== clientId) return;
    const { tokenId: jti, userId } = token;
    const issuedTo = { appId: clientId, ...(userId !== undefined && { userId }) };
    await this.revocations.revoke({ jti, issuedTo });
  }
}
