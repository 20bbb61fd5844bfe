import { Injectable } from '@nestjs/common';
import { SCOPE } from '@portcullis/wire';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/**
 * RFC 6749 §3.3: scopes of the app, each once; those that mean nothing at the resource are left out, as those are later that the
 * user does not hold. Without `scope`: all that may be asked for.
 */
@Injectable()
export class CheckScope extends ExchangeStep {
  override run(exchange: Exchange): void {
    const { parameters, knownClient, request } = exchange;
    const scope = parameters.get('scope');
    if (scope === undefined) return;
    if (!SCOPE.test(scope)) throw new OAuthError('invalid_scope', { reason: 'scope_malformed' });
    const asked = new Set(scope.split(' '));
    for (const one of asked)
      if (!knownClient.scopes.includes(one))
        throw new OAuthError('invalid_scope', { reason: 'scope_not_of_app' });
    const scopes = (request.scopes ?? []).filter((offered) => asked.has(offered));
    if (scopes.length === 0) throw new OAuthError('invalid_scope', { reason: 'scope_not_of_resource' });
    exchange.request = { ...request, scopes };
  }
}
