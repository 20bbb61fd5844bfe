import { z } from 'zod';

/** Options that cannot be worked with. Each line names an option, the kind of its value, and what was expected. */
export class InvalidOptions extends TypeError {
  constructor(
    readonly owner: string,
    readonly mistakes: readonly string[],
  ) {
    super(`${owner}: ${mistakes.join('; ')}`);
    this.name = 'InvalidOptions';
  }
}

/** Reads options by their schema. Throws `InvalidOptions`; a value is never repeated, for it may be a secret. */
export function readOptions<S extends z.ZodType>(owner: string, schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input, { reportInput: false });
  if (parsed.success) return parsed.data;
  throw new InvalidOptions(
    owner,
    parsed.error.issues.flatMap((issue) => mistakesOf(issue, input)),
  );
}

function mistakesOf(issue: z.core.$ZodIssue, input: unknown): string[] {
  const at = issue.path;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${spell([...at, key])}: there is no such option`);
  const name = at.length === 0 ? 'the value' : spell(at);
  return [`${name} is ${kindOf(valueAt(input, at))}, ${expectation(issue)}`];
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  function: 'a function',
};
const UNITS: Readonly<Record<string, string>> = { string: 'character', array: 'element' };

function expectation(issue: z.core.$ZodIssue): string {
  // A schema's own words.
  if (issue.message.startsWith('expected')) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${KINDS[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `expected at least ${counted(issue.minimum, issue.origin)}`;
    case 'too_big':
      return `expected at most ${counted(issue.maximum, issue.origin)}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    default:
      return `expected otherwise (${issue.message})`;
  }
}

function counted(limit: number | bigint, origin: string): string {
  const unit = UNITS[origin];
  return unit === undefined ? `${limit}` : `${limit} ${unit}${Number(limit) === 1 ? '' : 's'}`;
}

function spell(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (value as Record<PropertyKey, unknown> | null | undefined)?.[part],
    input,
  );
}

/** What sort of value it is, and never the value. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  switch (typeof value) {
    case 'string':
      return value === '' ? 'empty text' : 'text';
    case 'number':
      if (Number.isNaN(value)) return 'not a number';
      return Number.isInteger(value) ? 'a whole number' : 'a number';
    case 'boolean':
      return 'true or false';
    case 'function':
      return 'a function';
    default:
      return `an object (${value.constructor?.name ?? 'without a class'})`;
  }
}
