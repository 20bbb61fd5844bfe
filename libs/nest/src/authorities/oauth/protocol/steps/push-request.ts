import { Injectable } from '@nestjs/common';
import { PushedRequests } from '../../requests/pushed-requests.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';

/** What `authorize` looks at. Nothing else is kept: no secret, no assertion. */
const KEPT = [
  'response_type',
  'response_mode',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
  'resource',
] as const;

/** RFC 9126 §2: keeps the request, as it was checked by the steps before, and answers with its reference. */
@Injectable()
export class PushRequest extends ExchangeStep {
  constructor(private readonly requests: PushedRequests) {
    super();
  }

  override async run(exchange: Exchange): Promise<void> {
    const { parameters, knownClient } = exchange;
    // RFC 9126 §2.1, and RFC 9101, which is not spoken here.
    if (parameters.has('request_uri') || parameters.has('request'))
      throw new OAuthError('invalid_request', { reason: 'request_object' });
    const dpopJkt = keyOf(exchange);
    const kept = await this.requests.keep({
      appId: knownClient.id,
      parameters: Object.fromEntries([
        ...KEPT.flatMap((name) => pairOf(name, parameters.get(name))),
        ...pairOf('scope', eachOnce(parameters.get('scope'))),
        ...pairOf('dpop_jkt', dpopJkt),
      ]),
    });
    if (!kept) throw new OAuthError('invalid_client', { reason: 'client_removed' });
    const body = { request_uri: kept.requestUri, expires_in: kept.expiresInSeconds };
    exchange.answer = { kind: 'json', status: 201, body };
  }
}

/** All are of the app: what anybody may have kept in the name of a public one is no longer than what that may ask for. */
function eachOnce(scope: string | undefined): string | undefined {
  return scope && [...new Set(scope.split(' '))].join(' ');
}

function pairOf(name: string, value: string | undefined): [string, string][] {
  return value === undefined ? [] : [[name, value]];
}

/** RFC 9449 §10.1: a proof says the same as `dpop_jkt`, and where there are both they agree. */
function keyOf({ request, dpop }: Exchange): string | undefined {
  if (!dpop) return request.dpopJkt ?? undefined;
  if (request.responseType !== 'code')
    throw new OAuthError('invalid_request', { reason: 'dpop_without_code' });
  if (typeof request.dpopJkt === 'string' && request.dpopJkt !== dpop.thumbprint)
    throw new OAuthError('invalid_dpop_proof', { reason: 'dpop_jkt_mismatch' });
  return dpop.thumbprint;
}
