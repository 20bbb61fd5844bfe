/** Header names and values in turn, as received: duplicates visible (Node's `rawHeaders`). */
export type RawHeaders = readonly string[];

/** Credentials that cannot be read in exactly one way. `reason` is for the log: it names the kind, never a value. */
export class MalformedCredentials extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'MalformedCredentials';
  }
}

function isWhitespace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/**
 * Without the white space around a field value (RFC 9110 §5.5): spaces and tabs. `trim` takes more, a no-break space
 * among it, and a byte that is taken before the signature is checked can be added by anybody.
 */
export function trimFieldValue(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isWhitespace(value.charCodeAt(start))) start++;
  while (end > start && isWhitespace(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

/** Every value of a header, by its lower-case name, in order of arrival. */
export function headerValues(headers: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const candidate = headers[i] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name)
      values.push(headers[i + 1] as string);
  }
  return values;
}
