import type { Language } from './page-views.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** "in 5 minutes", never less than what is left. Undefined when there is nothing to say. */
export function sayWait(language: Language, seconds: number | undefined): string | undefined {
  if (seconds === undefined || !Number.isFinite(seconds) || seconds <= 0) return undefined;
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'always' });
  if (seconds <= MINUTE) return format.format(Math.ceil(seconds), 'second');
  if (seconds <= HOUR) return format.format(Math.ceil(seconds / MINUTE), 'minute');
  return format.format(Math.ceil(seconds / HOUR), 'hour');
}
