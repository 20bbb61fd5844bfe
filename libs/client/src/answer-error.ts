export type AnswerErrorCode = 'answer_unauthentic' | 'answer_unexpected';

const MESSAGES: Readonly<Record<AnswerErrorCode, string>> = {
  answer_unauthentic: 'The answer is unsigned, or is not as the server made it.',
  answer_unexpected: 'The server answered something else than was asked for.',
};

/**
 * An answer that cannot be used. `answer_unauthentic`: its `Server-Authorization` is absent or wrong, and something stands
 * between the app and the server. The request may have been carried out all the same.
 */
export class AnswerError extends Error {
  constructor(
    readonly code: AnswerErrorCode,
    /** Of HTTP. */
    readonly status: number,
  ) {
    super(`${code}: ${MESSAGES[code]}`);
    this.name = 'AnswerError';
  }
}
