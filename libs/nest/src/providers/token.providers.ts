import type { InjectionToken, Provider, Type } from '@nestjs/common';
import {
  RevocableSessions,
  RevocationRetention,
  RevokedCredentials,
} from '../authorities/revocations/index.js';
import { IssuedSessionTokens, NoSessionTokens, SessionTokens } from '../authorities/sessions/index.js';
import {
  AccessTokens,
  ConfiguredAccessTokenVerifier,
  IssuedAccessTokenVerifier,
  IssuedTokens,
  NoAccessTokens,
  KnownFamilyTerms,
  OwnOrForeignAccessTokenVerifier,
  RefreshFamilies,
  RefreshFamilyStore,
  RefreshReuse,
  RefreshTokens,
  SigningKeyDirectory,
  SigningKeys,
  SigningKeyStore,
  SigningKeyVault,
  TokenOptions,
} from '../authorities/tokens/index.js';
import { KeyRing } from '../crypto/index.js';
import { AccessTokenVerifier } from '../layers/user/index.js';
import { Clock } from '../pipeline/index.js';
import type { PortcullisOptions } from '../portcullis.options.js';
import { AuditTrail, ChangeFeed, Transactions } from '../state/index.js';
import { absent } from './absent.js';
import { from } from './provide.js';

/** A part of what issues tokens, where the application issues some. */
function issuing<T extends object>(part: Type<T>, ...parts: InjectionToken[]): Provider {
  const make = ({ tokens }: PortcullisOptions, ...made: never[]) =>
    tokens ? new part(...made) : absent<T>(part.name, 'tokens');
  return from(part, make, ...parts);
}

/** What an application that issues tokens may call. Without the option `tokens` they say so when they are called. */
export const TOKEN_AUTHORITIES = [
  AccessTokens,
  IssuedTokens,
  RefreshFamilies,
  RefreshTokens,
  SigningKeyDirectory,
  SigningKeys,
  TokenOptions,
];

export const TOKEN_PROVIDERS: Provider[] = [
  from(TokenOptions, ({ tokens }) => tokens ?? absent('TokenOptions', 'tokens')),
  issuing(SigningKeyVault, KeyRing),
  issuing(SigningKeyDirectory, SigningKeyStore, SigningKeyVault, TokenOptions, Clock, ChangeFeed),
  issuing(
    SigningKeys,
    SigningKeyStore,
    SigningKeyVault,
    Transactions,
    ChangeFeed,
    AuditTrail,
    TokenOptions,
    Clock,
  ),
  issuing(AccessTokens, SigningKeyDirectory, SigningKeys, SigningKeyVault, TokenOptions),
  issuing(IssuedTokens, SigningKeyDirectory, RevokedCredentials, TokenOptions, Clock),
  issuing(RefreshTokens, KeyRing),
  issuing(
    RefreshReuse,
    RefreshFamilyStore,
    RevocableSessions,
    Transactions,
    ChangeFeed,
    AuditTrail,
    RevocationRetention,
    TokenOptions,
  ),
  issuing(KnownFamilyTerms, RefreshFamilyStore),
  issuing(
    RefreshFamilies,
    RefreshFamilyStore,
    KnownFamilyTerms,
    RefreshTokens,
    RefreshReuse,
    RevokedCredentials,
    TokenOptions,
    Clock,
  ),
  from(
    SessionTokens,
    ({ tokens }, accessTokens: AccessTokens, families: RefreshFamilies) =>
      tokens ? new IssuedSessionTokens(accessTokens, families, tokens) : new NoSessionTokens(),
    AccessTokens,
    RefreshFamilies,
  ),
  from(AccessTokenVerifier, verifier, SigningKeyDirectory, RevokedCredentials, Clock),
];

function verifier(
  { tokens, accessTokens }: PortcullisOptions,
  directory: SigningKeyDirectory,
  revoked: RevokedCredentials,
  clock: Clock,
): AccessTokenVerifier {
  const own = tokens && new IssuedAccessTokenVerifier({ directory, revoked, options: tokens, clock });
  const foreign = accessTokens && new ConfiguredAccessTokenVerifier(clock, accessTokens, revoked);
  if (own && foreign) return new OwnOrForeignAccessTokenVerifier(own, foreign);
  return own ?? foreign ?? new NoAccessTokens();
}
