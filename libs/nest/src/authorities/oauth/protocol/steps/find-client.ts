import { Injectable } from '@nestjs/common';
import { ClientApps, type ClientWithSecrets } from '../../../apps/index.js';
import { lookUpClient } from '../../clients/look-up-client.js';
import { OAuthError } from '../oauth-error.js';
import type { Exchange } from '../exchange.js';
import { ExchangeStep } from '../exchange-step.js';
import { demandParameter } from '../parameters.js';

/** RFC 6749 §4.1.1: which app asks. It proves nothing here; that only the app gets the answer is up to the redirect URI. */
@Injectable()
export class FindClient extends ExchangeStep {
  constructor(private readonly apps: ClientApps) {
    super();
  }

  override run(exchange: Exchange): void | Promise<void> {
    const clientId = demandParameter(exchange.parameters, 'client_id');
    exchange.clientId = clientId;
    const found = lookUpClient(this.apps, clientId);
    return found instanceof Promise ? found.then((late) => leave(exchange, late)) : leave(exchange, found);
  }
}

function leave(exchange: Exchange, client: ClientWithSecrets | undefined): void {
  if (!client) throw new OAuthError('invalid_client', { reason: 'client_unknown' });
  if (client.app.suspended) throw new OAuthError('invalid_client', { reason: 'client_suspended' });
  exchange.client = client.app;
}
