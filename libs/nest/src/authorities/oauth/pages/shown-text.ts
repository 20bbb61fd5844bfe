/** White space, and what cannot be seen. The two joiners are left, without which some scripts and emoji fall apart. */
const UNSEEN = /(?![\u200c\u200d])[\s\p{C}]+/gu;

/** Marks piled up on one letter would reach into the lines above and below. */
const PILED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * Text that a stranger may have chosen, fit for a page: one line, nothing that turns the direction of what stands around it
 * (UAX #9), and at most `longest` characters. Empty where nothing of it can be shown.
 */
export function shownText(text: string, longest: number): string {
  // Cut before anything looks at it, so that its length costs nothing.
  const line = text
    .slice(0, longest * 4)
    .replace(UNSEEN, ' ')
    .replace(PILED_MARKS, '$1')
    .trim();
  const characters = [...line];
  const shown = characters.length > longest ? `${characters.slice(0, longest - 1).join('')}…` : line;
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(shown) ? shown : '';
}
