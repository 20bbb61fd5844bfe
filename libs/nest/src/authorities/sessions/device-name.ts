/** As much as a list shows. */
export const LONGEST_DEVICE_NAME = 100;

/**
 * Neither what a terminal or a browser would act upon nor half a surrogate pair, which no database keeps. The two joiners are
 * parts of words in some scripts, and of emoji, which phones are named with.
 */
export const DEVICE_NAME = /^(?:\P{C}|[\u200c\u200d])+$/u;

const NOT_PRINTABLE = /[\p{C}\s]+/gu;

/** A name for a device that named none: what its user agent says of itself (RFC 9110 §10.1.5), printable and cut off. */
export function deviceOf(userAgent: string | undefined): string | undefined {
  const text = userAgent?.replace(NOT_PRINTABLE, ' ').trim() ?? '';
  return text === '' ? undefined : [...text].slice(0, LONGEST_DEVICE_NAME).join('');
}
