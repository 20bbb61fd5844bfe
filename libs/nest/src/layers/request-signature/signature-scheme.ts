import type { KeyObject } from 'node:crypto';
import type { RequestSignature } from '@portcullis/wire';
import type { AnswerSigner, InboundRequest } from '../../pipeline/index.js';

/** A signature as its scheme reads it, before any key is tried. */
export interface PresentedSignature {
  /** Seconds since the epoch: when the caller says that it signed. */
  readonly createdSeconds: number;
  /** Seconds since the epoch: a term that the caller set. */
  readonly expiresSeconds?: number | undefined;
  readonly nonce: string;
  /** Whether it covers all that the scheme asks for, with a digest of the body that is right. */
  readonly covers: boolean;
  /** Compares in constant time. */
  verify(key: KeyObject): boolean;
  signAnswer?(key: KeyObject): AnswerSigner;
}

/** Injection token of the list of schemes that are accepted. */
export const SIGNATURE_SCHEMES = Symbol('portcullis:signature-schemes');

/**
 * One way to sign a request. Others join by implementing this and being listed under `SIGNATURE_SCHEMES`; the layer does
 * not change.
 */
export interface SignatureScheme<S extends RequestSignature = RequestSignature> {
  readonly name: S['scheme'];
  /** Reads, and hashes the body; throws nothing for a signature that is wrong. */
  present(signature: S, request: InboundRequest): PresentedSignature;
}
