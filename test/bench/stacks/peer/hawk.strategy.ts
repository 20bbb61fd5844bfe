import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { Strategy } from 'passport-custom';
import { ORIGIN } from '../../issuers.js';
import { Nonces } from '../../nonces.js';
import { Apps } from './apps.js';
import type { App, BankRequest } from './bank-request.js';
import { hawk } from './hawk-server.js';

/** App key and request signature: the signature names the app. */
@Injectable()
export class HawkStrategy extends PassportStrategy(Strategy, 'hawk') {
  constructor(
    private readonly apps: Apps,
    private readonly nonces: Nonces,
  ) {
    super();
  }

  async validate(request: BankRequest): Promise<App | false> {
    const { method, url, headers, rawBody } = request;
    if (headers.host !== ORIGIN.host) return false;
    try {
      const { credentials, artifacts } = await hawk.authenticate(
        {
          method,
          url,
          host: ORIGIN.host,
          port: ORIGIN.port,
          authorization: String(headers['x-app-authorization']),
          contentType: headers['content-type'] ?? '',
        },
        async (id) => this.apps.get(id),
        rawBody?.length ? { payload: rawBody } : {},
      );
      request.hawk = artifacts;
      return this.nonces.claim(`${artifacts.id} ${artifacts.nonce}`) && credentials;
    } catch {
      return false;
    }
  }
}
