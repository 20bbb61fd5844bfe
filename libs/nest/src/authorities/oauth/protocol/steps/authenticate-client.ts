import { Injectable } from '@nestjs/common';
import { CredentialSources, presentedCredentials } from '../../../../pipeline/index.js';
import { ClientAuthentication } from '../../clients/client-authentication.js';
import type { AttestedClient } from '../../clients/client-attestations.js';
import { readClientCredentials } from '../../clients/read-client-credentials.js';
import { OAuthOptions } from '../../oauth.options.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import { OAuthError } from '../oauth-error.js';

/** RFC 6749 §2.3, §3.2.1: who asks, proven as the app is registered. Again at every refresh. */
@Injectable()
export class AuthenticateClient extends ExchangeStep {
  constructor(
    private readonly authentication: ClientAuthentication,
    private readonly sources: CredentialSources,
    private readonly options: OAuthOptions,
  ) {
    super();
  }

  override run(exchange: Exchange): void | Promise<void> {
    const credentials = readClientCredentials(
      presentedCredentials(exchange.inbound, this.sources),
      exchange.parameters,
    );
    const attested =
      credentials.method === 'none' ? this.options.clientAttestations?.verify(exchange.inbound) : undefined;
    const go = (vouchedFor: AttestedClient | undefined): void | Promise<void> => {
      if (!vouchedFor) return this.authentication.authenticate(exchange, credentials);
      if ((credentials.clientId ?? vouchedFor.clientId) !== vouchedFor.clientId)
        throw new OAuthError('invalid_request', { reason: 'client_ids_disagree' });
      return this.authentication.attested(exchange, vouchedFor);
    };
    return attested instanceof Promise ? attested.then(go) : go(attested);
  }
}
