import { Injectable } from '@nestjs/common';
import { audienceIncludes, checkTimes } from '@portcullis/wire';
import {
  VerifiedTokens,
  type Claims,
  type JoseHeader,
  type JwsKey,
  type ReadToken,
  type TokenFailure,
} from '../../crypto/index.js';
import {
  claimKey,
  Clock,
  SecurityLayer,
  type CallingAppFacts,
  type Checked,
  type Claim,
  type Facts,
  type InboundRequest,
  type IntegrityDemand,
  type Known,
  type Protection,
} from '../../pipeline/index.js';
import { AppIntegrityOptions, LONGEST_LIFE_SECONDS, type IntegrityIssuer } from './app-integrity.options.js';
import { integrityTokenInvalid, integrityTokenMissing } from './app-integrity.problems.js';
import { IntegritySecrets } from './app-integrity.store.js';
import { paysFor, refuseOtherCall } from './token-binding.js';

type Added = Checked<Pick<Facts, 'integrity'>>;

/** What a token that was accepted says. */
interface AcceptedToken {
  readonly claims: Claims;
  readonly integrity: Facts['integrity'];
}

interface KnownIssuer {
  readonly issuer: IntegrityIssuer;
  readonly tokens: VerifiedTokens<AcceptedToken>;
}

/** A token and everything that it is held against. */
interface Presented extends KnownIssuer {
  readonly token: ReadToken<AcceptedToken>;
  readonly app: CallingAppFacts;
  readonly request: InboundRequest;
  readonly authorization: string | undefined;
  readonly demand: IntegrityDemand;
}

const LONGEST_TOKEN_ID = 256;

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** This is the genuine app: somebody who examined it, minutes ago, says so. */
@Injectable()
export class AppIntegrityLayer extends SecurityLayer<IntegrityDemand, Pick<Facts, 'integrity'>> {
  override readonly name = 'app-integrity';
  override readonly needs = ['app-key'] as const;
  private readonly issuers: ReadonlyMap<string, KnownIssuer>;

  constructor(
    private readonly secrets: IntegritySecrets,
    private readonly clock: Clock,
    private readonly options: AppIntegrityOptions,
  ) {
    super();
    this.issuers = new Map(
      options.issuers.map((issuer) => {
        const accept = (header: JoseHeader, claims: Claims) => this.accept(issuer, header, claims);
        return [issuer.header, { issuer, tokens: new VerifiedTokens(accept) }];
      }),
    );
  }

  override policy({ integrity }: Protection): IntegrityDemand {
    return integrity;
  }

  override check(
    request: InboundRequest,
    demand: IntegrityDemand,
    { credentials, app }: Known,
  ): Added | Promise<Added> {
    const { integrity, authorization } = credentials;
    if (!integrity) throw integrityTokenMissing();
    const known = this.issuers.get(integrity.header);
    const token = known?.tokens.read(integrity.token);
    if (!token || !known || !app) throw integrityTokenInvalid('malformed_jwt');
    const { issuer, tokens } = known;
    const presented = { issuer, tokens, token, app, request, authorization, demand };
    const keys = this.keysOf(presented);
    return keys instanceof Promise
      ? keys.then((found) => this.judge(presented, found))
      : this.judge(presented, keys);
  }

  private keysOf({ issuer, app, token }: Presented): readonly JwsKey[] | Promise<readonly JwsKey[]> {
    return issuer.keys === 'secret' ? this.secrets.of(app.id) : issuer.keys.keysFor(optionalText(token.kid));
  }

  private judge(presented: Presented, keys: readonly JwsKey[]): Added {
    const { tokens, token, issuer, demand } = presented;
    const accepted = tokens.verify(token, keys);
    // A decoy fails here: it is signed, and not by anybody we know.
    if ('failure' in accepted) throw integrityTokenInvalid(accepted.failure);
    const { claims, integrity } = accepted;
    const wrong = this.refuseNow(claims, presented);
    if (wrong !== undefined) throw integrityTokenInvalid(wrong);
    const adds = { integrity };
    return demand.singleUse ? { adds, claims: [this.claimOf(claims, issuer)] } : { adds };
  }

  /** What no later moment and no other request would change. */
  private accept(issuer: IntegrityIssuer, { typ }: JoseHeader, claims: Claims): AcceptedToken | TokenFailure {
    const { name, type, issuer: iss, audiences, maxLifeSeconds } = issuer;
    if (type !== null && typ !== type) return { failure: 'typ_mismatch' };
    const tooLong = maxLifeSeconds === null ? undefined : this.refuseLongLife(claims, maxLifeSeconds);
    if (tooLong !== undefined) return { failure: tooLong };
    if (iss !== undefined && claims['iss'] !== iss) return { failure: 'iss_mismatch' };
    if (audiences && !audienceIncludes(claims['aud'], audiences)) return { failure: 'aud_mismatch' };
    const tokenId = optionalText(claims['jti']);
    const installationId = optionalText(claims['did']);
    return { claims, integrity: Object.freeze({ issuer: name, tokenId, installationId }) };
  }

  /** Why the claims do not hold now and for this request, or undefined. */
  private refuseNow(
    claims: Claims,
    { issuer, app, request, authorization, demand }: Presented,
  ): string | undefined {
    const times = { nowSeconds: this.clock.now() / 1000, skewSeconds: this.options.skewSeconds };
    const untimely = checkTimes(claims, times);
    if (untimely !== undefined) return untimely;
    if (issuer.appFrom === 'sub' && claims['sub'] !== app.id) return 'app_mismatch';
    if (('pay' in claims || demand.bound) && !paysFor(claims, authorization)) return 'binding_mismatch';
    return refuseOtherCall(claims, request);
  }

  /** Where `exp` is no number there is no life to judge; `checkTimes` refuses that. */
  private refuseLongLife({ iat, exp }: Claims, maxLifeSeconds: number): string | undefined {
    if (typeof iat !== 'number') return 'iat_missing';
    if (typeof exp !== 'number') return undefined;
    return exp - iat <= maxLifeSeconds + this.options.skewSeconds ? undefined : 'life_too_long';
  }

  private claimOf(claims: Claims, issuer: IntegrityIssuer): Claim {
    const { jti, iat, exp } = claims;
    if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_TOKEN_ID)
      throw integrityTokenInvalid('jti_missing');
    // Without a time of issue nobody can tell whether it was used before this node's memory begins.
    if (typeof iat !== 'number') throw integrityTokenInvalid('iat_missing');
    // No store remembers for ever.
    if ((exp as number) - this.clock.now() / 1000 > LONGEST_LIFE_SECONDS + this.options.skewSeconds)
      throw integrityTokenInvalid('lives_too_long_for_single_use');
    return {
      key: claimKey('integrity', issuer.name, jti),
      issuedAt: iat * 1000,
      // Twice the skew: the token lives that much longer here, and another node's clock may be behind by as much.
      expiresAt: ((exp as number) + 2 * this.options.skewSeconds) * 1000,
      onUsed: 'integrity_token_invalid',
      onForgotten: 'integrity_token_invalid',
    };
  }
}
