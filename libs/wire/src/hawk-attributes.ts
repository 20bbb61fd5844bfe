/** Which attributes may stand there, and what in them. */
export interface HawkGrammar {
  readonly name: RegExp;
  readonly value: RegExp;
}

function isBlank(text: string, at: number): boolean {
  const character = text[at];
  return character === ' ' || character === '\t';
}

/** Where the next attribute begins, after the comma and the blanks around it; undefined where anything else stands. */
function nextAttribute(text: string, from: number): number | undefined {
  let at = from;
  while (isBlank(text, at)) at++;
  if (at === text.length) return at;
  if (text[at] !== ',') return undefined;
  do at++;
  while (isBlank(text, at));
  return at;
}

/**
 * Reads `id="…", ts="…"`, each at most once; undefined when anything else stands there. By hand: on the hot path a pattern
 * with groups and a map costs several times as much.
 */
export function readHawkAttributes<N extends string>(
  text: string,
  { name: NAME, value: VALUE }: HawkGrammar,
): { [K in N]?: string } | undefined {
  const read: { [K in string]?: string } = {};
  for (let at: number | undefined = 0; at < text.length;) {
    const equals = text.indexOf('="', at);
    const end = text.indexOf('"', equals + 2);
    const name = text.slice(at, equals);
    const value = text.slice(equals + 2, end);
    if (!(equals > at && end > equals && NAME.test(name) && VALUE.test(value))) return undefined;
    if (read[name] !== undefined) return undefined;
    read[name] = value;
    at = nextAttribute(text, end + 1);
    if (at === undefined) return undefined;
  }
  return read as { [K in N]?: string };
}
