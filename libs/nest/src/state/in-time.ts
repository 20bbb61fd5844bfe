import { afterReading } from './after-reading.js';

export interface Deadline {
  readonly limitMs: number;
  /** What is thrown when there is no answer in time, or none is waited for any more. */
  readonly late: () => Error;
  readonly stopped?: AbortSignal;
}

/** What is answered in time. Nothing is done with an answer that comes later. */
export async function inTime<T>(answer: Promise<T>, { limitMs, late, stopped }: Deadline): Promise<T> {
  let callOff: () => void = () => undefined;
  let stop: () => void = () => undefined;
  const over = new Promise<never>((_, reject) => {
    stop = () => reject(late());
    callOff = afterReading(limitMs, stop);
    stopped?.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([answer, over]);
  } finally {
    callOff();
    stopped?.removeEventListener('abort', stop);
  }
}
