import { durationSeconds } from './duration.js';
import { UsageMistake } from './usage-mistake.js';

/** ISO 8601 of a time, or of how long ago it was. The flag is named in the mistake; its value is not. */
export function momentOf(flag: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const ago = durationSeconds(text);
  const time =
    ago === undefined
      ? new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : NaN)
      : new Date(Date.now() - ago * 1000);
  if (Number.isNaN(time.getTime()))
    throw new UsageMistake(
      `${flag}: expected a time such as 2026-01-31T12:00:00Z, or how long ago, such as 2d`,
    );
  return time.toISOString();
}
