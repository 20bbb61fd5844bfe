import { Injectable } from '@nestjs/common';
import { audienceIncludes, checkTimes } from '@portcullis/wire';
import { VerifiedTokens, type JwsKey, type ReadToken } from '../../crypto/index.js';
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

/** A token and everything that it is held against. */
interface Presented {
  readonly token: ReadToken;
  readonly issuer: IntegrityIssuer;
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
  private readonly issuers: ReadonlyMap<string, IntegrityIssuer>;
  private readonly tokens = new VerifiedTokens();

  constructor(
    private readonly secrets: IntegritySecrets,
    private readonly clock: Clock,
    private readonly options: AppIntegrityOptions,
  ) {
    super();
    this.issuers = new Map(options.issuers.map((issuer) => [issuer.header, issuer]));
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
    const issuer = this.issuers.get(integrity.header);
    const token = this.tokens.read(integrity.token);
    if (!token || !issuer || !app) throw integrityTokenInvalid('malformed_jwt');
    const presented = { token, issuer, app, request, authorization, demand };
    const keys = this.keysOf(presented);
    return keys instanceof Promise
      ? keys.then((found) => this.judge(presented, found))
      : this.judge(presented, keys);
  }

  private keysOf({ issuer, app, token }: Presented): readonly JwsKey[] | Promise<readonly JwsKey[]> {
    return issuer.keys === 'secret'
      ? this.secrets.of(app.id)
      : issuer.keys.keysFor(optionalText(token.header['kid']));
  }

  private judge(presented: Presented, keys: readonly JwsKey[]): Added {
    const { token, issuer, demand } = presented;
    const claims = this.tokens.claimsOf(token, keys);
    // A decoy fails here: it is signed, and not by anybody we know.
    if (typeof claims === 'string') throw integrityTokenInvalid(claims);
    if (issuer.type !== null && token.header['typ'] !== issuer.type)
      throw integrityTokenInvalid('typ_mismatch');
    const wrong = this.refuseClaims(claims, presented);
    if (wrong !== undefined) throw integrityTokenInvalid(wrong);
    const adds = {
      integrity: {
        issuer: issuer.name,
        tokenId: optionalText(claims['jti']),
        installationId: optionalText(claims['did']),
      },
    };
    return demand.singleUse ? { adds, claims: [this.claimOf(claims, issuer)] } : { adds };
  }

  /** Why the claims do not hold for this request, or undefined. */
  private refuseClaims(
    claims: Readonly<Record<string, unknown>>,
    { issuer, app, request, authorization, demand }: Presented,
  ): string | undefined {
    const times = { nowSeconds: this.clock.now() / 1000, skewSeconds: this.options.skewSeconds };
    const untimely = checkTimes(claims, times);
    if (untimely !== undefined) return untimely;
    if (issuer.maxLifeSeconds !== null) {
      const tooLong = this.refuseLongLife(claims, issuer.maxLifeSeconds);
      if (tooLong !== undefined) return tooLong;
    }
    if (issuer.appFrom === 'sub' && claims['sub'] !== app.id) return 'app_mismatch';
    if (issuer.issuer !== undefined && claims['iss'] !== issuer.issuer) return 'iss_mismatch';
    if (issuer.audiences && !audienceIncludes(claims['aud'], issuer.audiences)) return 'aud_mismatch';
    if (('pay' in claims || demand.bound) && !paysFor(claims, authorization)) return 'binding_mismatch';
    return refuseOtherCall(claims, request);
  }

  /** Of claims whose times were checked. */
  private refuseLongLife({ iat, exp }: Record<string, unknown>, maxLifeSeconds: number): string | undefined {
    if (typeof iat !== 'number') return 'iat_missing';
    return (exp as number) - iat <= maxLifeSeconds + this.options.skewSeconds ? undefined : 'life_too_long';
  }

  private claimOf(claims: Readonly<Record<string, unknown>>, issuer: IntegrityIssuer): Claim {
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
