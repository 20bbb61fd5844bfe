import { Injectable } from '@nestjs/common';
import { readCodeChallenge } from '../../requests/read-code-challenge.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** RFC 9700 §2.1.1: every code is bound to a challenge, whoever the app is. */
@Injectable()
export class CheckPkce extends ExchangeStep {
  override run(exchange: Exchange): void {
    const { parameters, knownClient, request } = exchange;
    if (request.responseType !== 'code') {
      // There is no code to protect.
      exchange.request = { ...request, codeChallenge: null, codeChallengeMethod: 'S256' };
      return;
    }
    const asked = readCodeChallenge(parameters, knownClient);
    if (!asked) throw new OAuthError('invalid_request', { reason: 'pkce_required' });
    exchange.request = { ...request, codeChallenge: asked.challenge, codeChallengeMethod: asked.method };
  }
}
