/** Controls, half surrogates, and what changes the direction of text or has no width; line and paragraph separators. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/**
 * Text of a server as a terminal may see it: a name must not move the cursor, change colours, set a title, or pretend to
 * be another line. What is escaped is shown as `\u{1b}`.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (found) => `\\u{${(found.codePointAt(0) as number).toString(16)}}`);
}

/** The same for text of several lines that are ours. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** One JSON value. JSON leaves C1 controls, which some terminals obey, and directions as they are: they are escaped. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (found) =>
    found === '\n' ? found : [...codeUnits(found)].map(escapeUnit).join(''),
  );
}

function* codeUnits(text: string): Generator<number> {
  for (let at = 0; at < text.length; at += 1) yield text.charCodeAt(at);
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
