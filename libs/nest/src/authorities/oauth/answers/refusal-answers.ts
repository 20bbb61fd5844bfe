import { Injectable } from '@nestjs/common';
import type { InboundRequest } from '../../../pipeline/index.js';
import { TokenOptions } from '../../tokens/index.js';
import { chooseLanguage, pageHeaders, renderErrorPage, type ErrorView } from '../pages/index.js';
import type { Redirection } from '../protocol/exchange.js';
import type { ExchangeAnswer } from '../protocol/exchange-answer.js';
import type { OAuthError, OAuthErrorCode } from '../protocol/oauth-error.js';
import { RedirectUriRefused } from '../protocol/redirect-uri-refused.js';
import { InteractionExpired } from '../protocol/interaction-expired.js';
import { redirectAnswer } from './redirect-answer.js';

const KINDS: Partial<Record<OAuthErrorCode, ErrorView['kind']>> = {
  invalid_client: 'client',
  invalid_request_uri: 'expired',
  temporarily_unavailable: 'unavailable',
};

/** What a browser is answered when an authorization request is refused (RFC 6749 §4.1.2.1). */
@Injectable()
export class RefusalAnswers {
  constructor(private readonly options: TokenOptions) {}

  /** Told to the app, once it is known where that is. */
  redirect({ code, description }: OAuthError, redirection: Redirection): ExchangeAnswer {
    return redirectAnswer(redirection, this.options.issuer, { error: code, error_description: description });
  }

  /** Told to whoever looks at the page, which leads nowhere. */
  page(refusal: OAuthError, inbound: InboundRequest): ExchangeAnswer {
    const language = chooseLanguage(inbound.header('accept-language'));
    const html = renderErrorPage({ language, kind: kindOf(refusal), requestId: inbound.id });
    const headers = { ...refusal.headers, ...pageHeaders({ language }) };
    return { kind: 'page', status: statusOf(refusal), html, headers };
  }
}

function kindOf(refusal: OAuthError): ErrorView['kind'] {
  if (refusal instanceof RedirectUriRefused) return 'redirect';
  if (refusal instanceof InteractionExpired) return 'expired';
  return KINDS[refusal.code] ?? 'request';
}

/** Nobody was asked to authenticate: an unknown app is a mistake in the request. */
function statusOf({ code, status }: OAuthError): number {
  return code === 'invalid_client' ? 400 : status;
}
