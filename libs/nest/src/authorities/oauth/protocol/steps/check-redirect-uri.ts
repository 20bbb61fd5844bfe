import { Injectable } from '@nestjs/common';
import { isRegisteredRedirectUri } from '../../requests/registered-redirect-uri.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import type { Parameters } from '../parameters.js';
import { RedirectUriRefused } from '../redirect-uri-refused.js';

/** RFC 6749 appendix A.5, bounded. */
const STATE = /^[\x20-\x7e]{1,1024}$/;
/** Response types whose answers hold a token, whether there are such here or not (OAuth 2.0 Multiple Response Types §2.1, §5). */
const FRAGMENT = /(?:^| )(?:id_)?token(?: |$)/;

/** RFC 9700 §4.1.3: one of the app's own, and asked for even where there is but one. Refusals after this one are told to the app. */
@Injectable()
export class CheckRedirectUri extends ExchangeStep {
  override run(exchange: Exchange): void {
    const { parameters, knownClient } = exchange;
    const redirectUri = parameters.get('redirect_uri');
    if (redirectUri === undefined) throw new RedirectUriRefused('redirect_uri_missing');
    if (!isRegisteredRedirectUri(redirectUri, knownClient.redirectUris))
      throw new RedirectUriRefused('redirect_uri_mismatch');
    const mode = modeOf(parameters);
    const state = parameters.get('state');
    const isEchoed = state === undefined || STATE.test(state);
    exchange.redirection = { uri: redirectUri, mode, state: isEchoed ? state : undefined };
    if (!isEchoed) throw new OAuthError('invalid_request', { reason: 'state_malformed' });
    exchange.request = {
      ...exchange.request,
      appId: knownClient.id,
      redirectUri,
      responseMode: mode,
      state: state ?? null,
    };
  }
}

function modeOf(parameters: Parameters): 'query' | 'fragment' {
  return FRAGMENT.test(parameters.get('response_type') ?? '') ? 'fragment' : 'query';
}
