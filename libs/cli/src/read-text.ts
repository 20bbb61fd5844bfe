const LONGEST_ANSWER_BYTES = 32 * 1024 * 1024;

/** The text of an answer. Throws a RangeError when it is longer than any answer of the interface. */
export async function readText({ body }: Response): Promise<string> {
  if (!body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > LONGEST_ANSWER_BYTES) throw new AnswerTooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Nobody's list is that long. */
export class AnswerTooLong extends RangeError {
  readonly code = 'ANSWER_TOO_LONG';
}
