import { SecurityProblem } from '@portcullis/nest';
import { z } from 'zod';

/** A UUID in the one form in which the database gives it back: two spellings of one account are one account. */
export const identifier = z.guid().toLowerCase();

/** From a path, where text that is no identifier names nothing. Throws `not_found`. */
export function identifierIn(text: string): string {
  const parsed = identifier.safeParse(text);
  if (!parsed.success) throw new SecurityProblem('not_found', { reason: 'no_identifier' });
  return parsed.data;
}
