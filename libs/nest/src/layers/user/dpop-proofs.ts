import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { dpopHtu, headerValues, parseDpopProof, type ParsedDpopProof } from '@portcullis/wire';
import { equalText } from '../../crypto/index.js';
import { claimKey, Clock, SecurityProblem, type Claim, type InboundRequest } from '../../pipeline/index.js';
import { DpopNonces } from './dpop-nonces.js';
import { DpopOptions } from './dpop.options.js';
import { invalidDpopProof, useDpopNonce } from './dpop.problems.js';
import { ProofKeys } from './proof-keys.js';

/** A proof that holds, of a key and for one request. */
export interface DpopProof {
  /** RFC 7638 thumbprint of the key, in base64url: a token's `cnf.jkt`. */
  readonly thumbprint: string;
  /** Has to be committed before the request is served: a proof is good once. */
  readonly claim: Claim;
}

/** In seconds since the epoch: from when and until when a proof is admitted. */
interface Admitted {
  readonly from: number;
  readonly until: number;
}

/**
 * Proofs of possession (RFC 9449 §4.3): the sender has the key, and made this for this request, just now. For whoever
 * accepts tokens that are bound to a key, and whoever issues them.
 */
@Injectable()
export class DpopProofs {
  private readonly keys = new ProofKeys();

  constructor(
    private readonly nonces: DpopNonces,
    private readonly options: DpopOptions,
    private readonly clock: Clock,
  ) {}

  /**
   * The proof in the `DPoP` header; undefined where there is none. Writes nothing: the claim is for the caller to commit.
   * @param bound the access token that comes with it (RFC 9449 §7.1); left out where a token is asked for (§5).
   * @throws SecurityProblem `malformed_credentials` for two proofs; `use_dpop_nonce`, with a `DPoP-Nonce`, for one whose time
   * is not this server's or whose nonce is not good (any more); `invalid_dpop_proof` for all else that is wrong.
   */
  read(request: InboundRequest, bound?: { readonly accessToken: string }): DpopProof | undefined {
    const [text, ...others] = headerValues(request.rawHeaders, 'dpop');
    if (text === undefined) return undefined;
    if (others.length > 0)
      throw new SecurityProblem('malformed_credentials', { reason: 'dup_credential_header' });
    const proof = parseDpopProof(text);
    if (!proof) throw invalidDpopProof('dpop_malformed');
    const { htm, htu, jti, ath } = proof.claims;
    if (htm !== request.method) throw invalidDpopProof('htm_mismatch');
    const uri = targetUri(request);
    if (uri === undefined || (htu !== uri && dpopHtu(htu) !== uri)) throw invalidDpopProof('htu_mismatch');
    if (bound && !equalText(hash('sha256', bound.accessToken, 'base64url'), ath))
      throw invalidDpopProof('ath_mismatch');
    const thumbprint = this.keys.thumbprintOf(proof);
    if (thumbprint === undefined) throw invalidDpopProof('dpop_bad_signature');
    // The time last: whoever has no key is told nothing of it, and is given no nonce.
    const claim = this.claimOf(claimKey('dpop', thumbprint, jti, uri), this.admitted(proof));
    return { thumbprint, claim };
  }

  /** For a `DPoP-Nonce` header (RFC 9449 §8). Every node with the same key ring knows it. */
  freshNonce(): string {
    return this.nonces.fresh();
  }

  private admitted({ claims: { iat, nonce }, times: { nbf, exp } }: ParsedDpopProof): Admitted {
    const { proofMaxAgeSeconds, proofMaxAheadSeconds, nonceLifeSeconds } = this.options;
    const now = this.clock.now() / 1000;
    if ((exp !== undefined && exp <= now) || (nbf !== undefined && nbf > now + proofMaxAheadSeconds))
      throw invalidDpopProof('dpop_not_valid_now');
    // `iat` may be without its fraction: a whole second more.
    const byClock = { from: iat, until: iat + 1 + proofMaxAgeSeconds };
    const isOnTime = now - iat <= proofMaxAgeSeconds && iat - now <= proofMaxAheadSeconds;
    if (nonce === undefined) {
      if (isOnTime) return byClock;
      throw useDpopNonce(`dpop_iat_skew: ${Math.round(now - iat)} s`, this.freshNonce());
    }
    const madeAt = this.nonces.madeAtSeconds(nonce);
    if (madeAt === undefined) throw useDpopNonce('dpop_nonce_not_good', this.freshNonce());
    // Its nonce says when it was made at the earliest, whatever time the device believes it is (RFC 9449 §11.1).
    const byNonce = { from: madeAt, until: madeAt + 1 + nonceLifeSeconds };
    return isOnTime ? { from: iat, until: Math.max(byClock.until, byNonce.until) } : byNonce;
  }

  private claimOf(key: string, { from, until }: Admitted): Claim {
    return {
      key,
      issuedAt: from * 1000,
      // The skew, for another node's clock may be behind.
      expiresAt: (until + this.options.nodeSkewSeconds) * 1000,
      onUsed: 'invalid_dpop_proof',
      onForgotten: 'use_dpop_nonce',
      refuse: (code, reason) =>
        code === 'use_dpop_nonce' ? useDpopNonce(reason, this.freshNonce()) : invalidDpopProof(reason),
    };
  }
}

/** Where the request went: the configured origin, never what the request says of itself (RFC 9449 §4.3 step 9). */
function targetUri({ origin, target }: InboundRequest): string | undefined {
  return origin && target.startsWith('/') ? dpopHtu(origin.text + target) : undefined;
}
