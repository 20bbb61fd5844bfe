import { Module } from '@nestjs/common';
import { SessionKeys } from '../../layers/user/index.js';
import { NoSessions } from '../sessions/index.js';
import { TokenOptions } from '../tokens/index.js';
import { ClientAuthentication } from './client-authentication.js';
import { JwksController } from './jwks.controller.js';
import { RefreshTokenGrant } from './refresh-token.grant.js';
import { TokenController } from './token.controller.js';
import { TokenDecisions } from './token-decisions.js';
import { TokenGrants } from './token-grants.js';

/** The authorization server's endpoints: `POST /oauth/token`, and `GET /oauth/jwks`. */
@Module({
  controllers: [TokenController, JwksController],
  providers: [ClientAuthentication, RefreshTokenGrant, TokenDecisions, TokenGrants],
})
export class OAuthModule {
  /** Throws where `PortcullisModule` has no `stores`, or no `tokens`. */
  constructor(keys: SessionKeys, options: TokenOptions) {
    if (keys instanceof NoSessions)
      throw new TypeError(
        'OAuthModule: refresh tokens are kept in the stores, and PortcullisModule has none',
      );
    if (!(options instanceof TokenOptions))
      throw new TypeError(
        'OAuthModule: expected the option tokens of PortcullisModule: there is nothing to issue',
      );
  }
}
