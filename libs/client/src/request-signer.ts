import type { OutboundRequest } from './outbound-request.js';

/** Throws an AnswerError unless the answer is the server's own, to this very request. */
export type AnswerVerifier = (answer: Response) => Promise<void>;

/** One way to sign. */
export abstract class RequestSigner {
  /** Adds the signature to the request's headers; a signer whose scheme has authenticated answers says how to tell. */
  abstract sign(request: OutboundRequest, createdSeconds: number): Promise<AnswerVerifier | undefined>;
}
