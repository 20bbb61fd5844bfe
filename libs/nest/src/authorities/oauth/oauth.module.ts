import { Module, type DynamicModule } from '@nestjs/common';
import { SessionKeys } from '../../layers/user/index.js';
import { ConsentsController } from '../authorizations/index.js';
import { NoSessions } from '../sessions/index.js';
import { TokenOptions } from '../tokens/index.js';
import { AllAppAllowances } from './clients/all-app-allowances.js';
import { ClientAssertions } from './clients/client-assertions.js';
import { ClientAuthentication } from './clients/client-authentication.js';
import { CredentialVersions } from './codes/credential-versions.js';
import { AuthorizeController } from './endpoints/authorize.controller.js';
import { InteractionController } from './endpoints/interaction.controller.js';
import { CODES } from './codes/codes.providers.js';
import { IntrospectController } from './endpoints/introspect.controller.js';
import { JwksController } from './endpoints/jwks.controller.js';
import { MetadataController } from './endpoints/metadata.controller.js';
import { PreflightController } from './endpoints/preflight.controller.js';
import { PublishedDocuments } from './endpoints/published-documents.js';
import { PushedController } from './endpoints/pushed.controller.js';
import { RevokeController } from './endpoints/revoke.controller.js';
import { ServerMetadata } from './endpoints/server-metadata.js';
import { TokenController } from './endpoints/token.controller.js';
import { AuthorizationCodeGrant } from './grants/authorization-code.grant.js';
import { ClientCredentialsGrant } from './grants/client-credentials.grant.js';
import { GrantedSessions } from './grants/granted-sessions.js';
import { PasswordGrant } from './grants/password.grant.js';
import { RefreshTokenGrant } from './grants/refresh-token.grant.js';
import { TokenGrants } from './grants/token-grants.js';
import { INTERACTION_PROVIDERS } from './interaction/interaction.providers.js';
import {
  ConfigurableModuleClass,
  MODULE_OPTIONS_TOKEN,
  type OPTIONS_TYPE,
} from './oauth.module-definition.js';
import { OAuthOptions, type OAuthOptionsInput } from './oauth.options.js';
import { ExchangeDecisions } from './protocol/exchange-decisions.js';
import { IntrospectionGuesses } from './presented/introspection-guesses.js';
import { PresentedTokens } from './presented/presented-tokens.js';
import { Exchanges } from './protocol/exchanges.js';
import { STEP_TABLE } from './protocol/step-table.js';

/** The authorization server's endpoints. `forRoot` takes the options, `forRootAsync` whatever makes them. */
@Module({
  controllers: [
    AuthorizeController,
    InteractionController,
    PushedController,
    ConsentsController,
    TokenController,
    RevokeController,
    IntrospectController,
    PreflightController,
    MetadataController,
    JwksController,
  ],
  providers: [
    {
      provide: OAuthOptions,
      useFactory: (options: OAuthOptionsInput | undefined) => new OAuthOptions(options ?? {}),
      inject: [MODULE_OPTIONS_TOKEN],
    },
    ...STEP_TABLE.map(([step]) => step),
    ...INTERACTION_PROVIDERS,
    CredentialVersions,
    Exchanges,
    ExchangeDecisions,
    ClientAuthentication,
    ClientAssertions,
    AllAppAllowances,
    PresentedTokens,
    IntrospectionGuesses,
    ServerMetadata,
    PublishedDocuments,
    ...CODES,
    GrantedSessions,
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    PasswordGrant,
    RefreshTokenGrant,
    TokenGrants,
  ],
})
export class OAuthModule extends ConfigurableModuleClass {
  /** Throws where `PortcullisModule` has no `stores`, or no `tokens`. */
  constructor(keys: SessionKeys, options: TokenOptions) {
    super();
    if (keys instanceof NoSessions)
      throw new TypeError(
        'OAuthModule: refresh tokens are kept in the stores, and PortcullisModule has none',
      );
    if (!(options instanceof TokenOptions))
      throw new TypeError(
        'OAuthModule: expected the option tokens of PortcullisModule: there is nothing to issue',
      );
  }

  /** Throws `InvalidOptions` at once, naming the option, the kind of its value, and what was expected. */
  static override forRoot(options: typeof OPTIONS_TYPE = {}): DynamicModule {
    // Now, for the stack then names whoever wrote them; and again for each application that is made of it.
    OAuthOptions.check(options);
    return super.forRoot(options);
  }
}
