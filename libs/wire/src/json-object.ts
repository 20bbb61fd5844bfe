/** Index just past the string that opens at `start`; the text is known to be JSON. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** The key at `start`..`end`, two spellings of one key (`"alg"`, `"\u0061lg"`) being the same. */
function keyOf(text: string, start: number, end: number): string {
  const quoted = text.slice(start, end);
  return quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
}

/** Whether any object in JSON text, at any depth, names a member twice. One pass; the text is known to be JSON. */
function repeatsMember(text: string): boolean {
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      const members = open.at(-1);
      if (isKey && members) {
        const key = keyOf(text, at, end);
        if (members.has(key)) return true;
        members.add(key);
      }
      isKey = false;
      at = end - 1;
    } else if (character === '{') {
      open.push(new Set());
      isKey = true;
    } else if (character === '[') {
      open.push(undefined);
      isKey = false;
    } else if (character === '}' || character === ']') open.pop();
    else if (character === ',') isKey = open.at(-1) !== undefined;
  }
  return false;
}

/**
 * Reads JSON text that has to be an object (RFC 8259 §4), without a prototype, so that `__proto__` and `constructor`
 * are members like any other. Undefined for anything else and for a member named twice at any depth, which two parsers
 * may read differently (RFC 7515 §4, RFC 7519 §4).
 */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || repeatsMember(text))
    return undefined;
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}
