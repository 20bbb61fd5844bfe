import { Injectable } from '@nestjs/common';
import { TokenOptions } from '../../tokens/index.js';
import { AllAppAllowances } from '../clients/all-app-allowances.js';
import { OAuthOptions } from '../oauth.options.js';
import { endpointUrl } from '../protocol/endpoint-url.js';

const ES256 = ['ES256'];

/** What this server says of itself (RFC 8414 §2): no more than what at least one app can do with it now. */
@Injectable()
export class ServerMetadata {
  constructor(
    private readonly tokens: TokenOptions,
    private readonly options: OAuthOptions,
    private readonly allowances: AllAppAllowances,
  ) {}

  /** Throws `temporarily_unavailable`. */
  async show(): Promise<object> {
    const { issuer } = this.tokens;
    const { grantTypes, plainPkce } = await this.allowances.now();
    const allows = (grantType: string): boolean => grantTypes.includes(grantType);
    const attested = this.options.clientAttestations ? ['attest_jwt_client_auth'] : [];
    const proven = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', ...attested];
    return {
      issuer,
      authorization_endpoint: endpointUrl(issuer, 'authorize'),
      pushed_authorization_request_endpoint: endpointUrl(issuer, 'par'),
      token_endpoint: endpointUrl(issuer, 'token'),
      revocation_endpoint: endpointUrl(issuer, 'revoke'),
      introspection_endpoint: endpointUrl(issuer, 'introspect'),
      jwks_uri: endpointUrl(issuer, 'jwks'),
      ...(this.options.scopeWords.size > 0 && { scopes_supported: [...this.options.scopeWords.keys()] }),
      response_types_supported: ['code', ...(allows('implicit') ? ['token'] : [])],
      response_modes_supported: ['query', ...(allows('implicit') ? ['fragment'] : [])],
      grant_types_supported: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        ...['password', 'implicit'].filter(allows),
      ],
      code_challenge_methods_supported: ['S256', ...(plainPkce ? ['plain'] : [])],
      token_endpoint_auth_methods_supported: [...proven, 'none'],
      token_endpoint_auth_signing_alg_values_supported: ES256,
      revocation_endpoint_auth_methods_supported: [...proven, 'none'],
      revocation_endpoint_auth_signing_alg_values_supported: ES256,
      introspection_endpoint_auth_methods_supported: proven,
      introspection_endpoint_auth_signing_alg_values_supported: ES256,
      dpop_signing_alg_values_supported: ES256,
      authorization_response_iss_parameter_supported: true,
      require_pushed_authorization_requests: false,
    };
  }
}
