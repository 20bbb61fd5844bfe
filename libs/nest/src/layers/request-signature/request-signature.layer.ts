import { createSecretKey, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { Credentials } from '@portcullis/wire';
import {
  claimKey,
  Clock,
  SecurityLayer,
  SecurityProblem,
  type Checked,
  type Facts,
  type InboundRequest,
  type Known,
  type Protection,
  type SignatureDemand,
} from '../../pipeline/index.js';
import { RequestSignatureOptions } from './request-signature.options.js';
import { SIGNATURE_SCHEMES, type PresentedSignature, type SignatureScheme } from './signature-scheme.js';
import { staleChallenge } from './stale-challenge.js';
import { SigningSecrets, type SigningSecret } from './signing-secret.store.js';

type Added = Checked<Partial<Pick<Facts, 'signature'>>>;

/** Stands in where an app is unknown or has no secret: the work is done, and nobody can sign under it. */
const NOBODYS_SECRET: SigningSecret = { id: '', key: createSecretKey(randomBytes(32)) };

/** The request is as its app made it, was made now, and was not received before. */
@Injectable()
export class RequestSignatureLayer extends SecurityLayer<SignatureDemand, Partial<Pick<Facts, 'signature'>>> {
  override readonly name = 'request-signature';
  override readonly needs = ['app-key'] as const;
  private readonly schemes: ReadonlyMap<string, SignatureScheme>;

  constructor(
    private readonly secrets: SigningSecrets,
    private readonly clock: Clock,
    private readonly options: RequestSignatureOptions,
    @Inject(SIGNATURE_SCHEMES) schemes: readonly SignatureScheme[],
  ) {
    super();
    this.schemes = new Map(schemes.map((scheme) => [scheme.name, scheme]));
  }

  override policy({ signature }: Protection): SignatureDemand {
    return signature;
  }

  override check(
    request: InboundRequest,
    { optional }: SignatureDemand,
    { credentials, app }: Known,
  ): Added | Promise<Added> {
    if (!credentials.signature && optional) return { adds: {} };
    if (!credentials.signature)
      throw new SecurityProblem('signature_missing', {
        reason: 'signature_missing',
        headers: { 'WWW-Authenticate': 'Hawk' },
      });
    if (request.body.kind === 'unread')
      throw new SecurityProblem('unsupported_media_type', { reason: 'raw_body_missing' });
    // Asked for of an unknown app too, or the time that a refusal takes would tell it from a wrong secret.
    const secrets = this.secrets.of(app?.id ?? '');
    const ofRegistered = (found: readonly SigningSecret[]) => (app?.registered ? found : []);
    return secrets instanceof Promise
      ? secrets.then((found) => this.judge(request, credentials, ofRegistered(found)))
      : this.judge(request, credentials, ofRegistered(secrets));
  }

  private judge(
    request: InboundRequest,
    { signature, appId }: Credentials,
    secrets: readonly SigningSecret[],
  ): Added {
    const scheme = signature && this.schemes.get(signature.scheme);
    if (!scheme || appId === undefined) throw invalid('scheme_not_accepted');
    const presented = scheme.present(signature, request);
    const secret = (secrets.length > 0 ? secrets : [NOBODYS_SECRET]).find(({ key }) => presented.verify(key));
    // The MAC first: whoever holds no secret learns neither what is not covered nor what the time is here.
    if (!secret) throw invalid('bad_mac');
    if (!request.origin) throw invalid('host_mismatch');
    if (!presented.covers) throw invalid('insufficient_coverage_or_digest');
    this.refuseStale(presented, secret);
    const { createdSeconds, nonce } = presented;
    const { maxAgeSeconds, nodeSkewSeconds } = this.options;
    const claim = {
      key: claimKey('signature', scheme.name, appId, nonce),
      issuedAt: createdSeconds * 1000,
      // A whole second more, for `created` has no fraction; the skew, for another node's clock may be behind.
      expiresAt: (createdSeconds + 1 + maxAgeSeconds + nodeSkewSeconds) * 1000,
      onUsed: 'signature_replayed',
      onForgotten: 'signature_stale',
    } as const;
    const adds = {
      signature: { scheme: scheme.name, secretId: secret.id, createdAt: createdSeconds * 1000 },
    };
    const signAnswer = presented.signAnswer?.(secret.key);
    return signAnswer ? { adds, claims: [claim], signAnswer } : { adds, claims: [claim] };
  }

  private refuseStale(presented: PresentedSignature, secret: SigningSecret): void {
    const now = this.clock.now() / 1000;
    const { createdSeconds, expiresSeconds } = presented;
    const expired = expiresSeconds !== undefined && now >= expiresSeconds;
    if (
      !expired &&
      now - createdSeconds <= this.options.maxAgeSeconds &&
      createdSeconds - now <= this.options.maxAheadSeconds
    )
      return;
    throw new SecurityProblem('signature_stale', {
      reason: `stale_timestamp: ${Math.round(now - createdSeconds)} s`,
      headers: staleChallenge(secret.key, Math.floor(now)),
    });
  }
}

function invalid(reason: string): SecurityProblem {
  return new SecurityProblem('signature_invalid', { reason, headers: { 'WWW-Authenticate': 'Hawk' } });
}
