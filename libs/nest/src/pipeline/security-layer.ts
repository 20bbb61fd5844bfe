import type { ProblemCode } from '@portcullis/wire';
import type { Facts, Known } from './facts.js';
import type { InboundRequest } from './inbound-request.js';
import type { LayerName } from './layer-order.js';
import type { Protection } from './protection.js';
import type { SecurityProblem } from './security-problem.js';

/** Something that may be had once: a nonce, a single-use token. Committed after every layer has passed. */
export interface Claim {
  /** Unambiguous over apps and purposes: a digest of length-prefixed parts (`claimKey`). */
  readonly key: string;
  /** Milliseconds since the epoch: when the credential was made. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch, after which no node would admit the credential any more. */
  readonly expiresAt: number;
  readonly onUsed: ProblemCode;
  /** Told when the claim may have been made in a memory that is gone. */
  readonly onForgotten: ProblemCode;
  /** Makes the refusal of either code, where it needs headers. */
  readonly refuse?: (code: ProblemCode, reason: string) => SecurityProblem;
}

/** The answer as it will be sent, for those who sign it. `undefined` bytes: a stream. */
export interface OutboundAnswer {
  readonly contentType: string | undefined;
  readonly body: Uint8Array | undefined;
}

/** Headers to add to an answer, computed from its final bytes. */
export type AnswerSigner = (answer: OutboundAnswer) => Readonly<Record<string, string>>;

export interface Checked<Adds extends Partial<Facts> = Partial<Facts>> {
  readonly adds: Adds;
  readonly claims?: readonly Claim[];
  readonly signAnswer?: AnswerSigner;
  /** Told, before the handler runs, that the whole plan has passed. Neither waits nor fails. */
  readonly onAdmitted?: (() => void) | undefined;
}

/**
 * One check of one kind of credential. Establishes facts and names claims to commit, or throws a `SecurityProblem`.
 * Writes nothing.
 */
export abstract class SecurityLayer<Policy, Adds extends Partial<Facts> = Partial<Facts>> {
  abstract readonly name: LayerName;
  /** Layers that must have spoken before this one; the compiler adds them when nobody named them. */
  abstract readonly needs: readonly LayerName[];
  /** This layer's part of what a route demands, resolved once at boot. */
  abstract policy(protection: Protection): Policy;
  abstract check(
    request: InboundRequest,
    policy: Policy,
    known: Known,
  ): Checked<Adds> | Promise<Checked<Adds>>;
}
