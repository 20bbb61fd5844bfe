/** Matches anything: a word, a line, the rest. */
const ANY = '…';
const BLANK_LINE = /\r?\n\r?\n/;

/**
 * Whether a program's output is what a page says that it is; `…` in the page matches anything. JSON is compared by
 * meaning, HTTP by its status line, the headers that the page names, and its body.
 */
export function outputFits(language: string, expected: string, actual: string): boolean {
  if (language === 'http') return httpFits(expected, actual);
  const wanted = parseJson(expected);
  const got = parseJson(actual);
  if (wanted !== undefined && got !== undefined) return valueFits(wanted, got);
  return linesFit(expected, actual);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function valueFits(expected: unknown, actual: unknown): boolean {
  if (expected === ANY) return true;
  if (typeof expected === 'string') return typeof actual === 'string' && patternOf(expected).test(actual);
  if (Array.isArray(expected)) return Array.isArray(actual) && listFits(expected, actual);
  if (typeof expected !== 'object' || expected === null) return expected === actual;
  if (typeof actual !== 'object' || actual === null || Array.isArray(actual)) return false;
  const { [ANY]: more, ...named } = expected as Record<string, unknown>;
  const got = actual as Record<string, unknown>;
  return (
    (more !== undefined || Object.keys(got).length === Object.keys(named).length) &&
    Object.entries(named).every(([name, value]) => name in got && valueFits(value, got[name]))
  );
}

/** `…` as the last element stands for any number of further ones. */
function listFits(expected: readonly unknown[], actual: readonly unknown[]): boolean {
  const open = expected.at(-1) === ANY;
  const named = open ? expected.slice(0, -1) : expected;
  return (open || actual.length === named.length) && named.every((value, at) => valueFits(value, actual[at]));
}

/** A line that is `…` alone matches any number of lines. */
function linesFit(expected: string, actual: string): boolean {
  return patternOf(tidy(expected)).test(tidy(actual));
}

function tidy(text: string): string {
  return text
    .replaceAll('\r', '')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

function patternOf(text: string): RegExp {
  const parts = text
    .replaceAll(`\n${ANY}\n`, `\n${ANY}`)
    .split(ANY)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^]*')}$`);
}

function httpFits(expected: string, actual: string): boolean {
  const [wantedHead = '', ...wantedBody] = expected.trim().split(BLANK_LINE);
  const [head = '', ...body] = actual.trim().split(BLANK_LINE);
  const [wantedStatus = '', ...wantedHeaders] = tidy(wantedHead).split('\n');
  const [status = '', ...headers] = tidy(head).split('\n');
  return (
    patternOf(wantedStatus).test(status.trim()) &&
    wantedHeaders.every((line) => line === ANY || headers.some((other) => headerFits(line, other))) &&
    (wantedBody.length === 0 || outputFits('text', wantedBody.join('\n\n'), body.join('\n\n')))
  );
}

function headerFits(expected: string, actual: string): boolean {
  const [name = '', value = ''] = splitHeader(expected);
  const [otherName = '', otherValue = ''] = splitHeader(actual);
  return name.toLowerCase() === otherName.toLowerCase() && patternOf(value).test(otherValue);
}

function splitHeader(line: string): string[] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}
