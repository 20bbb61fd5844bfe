import { z } from 'zod';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

const UNITS: Readonly<Record<string, string>> = {
  Seconds: ' of seconds',
  Ms: ' of milliseconds',
  Bytes: ' of bytes',
};
const NUMBERS: Readonly<Record<string, string>> = { integer: 'whole number', number: 'number' };
/** What no option is: a schema that has words of its own for what it expects says them. */
const PROBES = [Symbol('probe'), '\u0000'];
const OWN_WORDS = /^expected (.*)$/;

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) as JsonSchema;
}

/** Below what only says what happens when there is no value, or to one that has passed. */
function bare(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodReadonly)
    return bare(schema.unwrap() as z.ZodType);
  return schema instanceof z.ZodPipe ? bare(schema.in as z.ZodType) : schema;
}

/** What an option has to be: its type, range and unit in words. */
export function describeType(schema: z.ZodType, name: string): string {
  const inner = bare(schema);
  if (inner instanceof z.ZodArray) return describeList(inner, name);
  if (inner instanceof z.ZodNullable)
    return `${describeType(inner.unwrap() as z.ZodType, name)}, or \`null\``;
  const json = jsonSchemaOf(inner);
  const own = ownWords(inner);
  if (own !== undefined) return own + lengthOf(json);
  if (json.enum) return json.enum.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  const type = String(json.type);
  if (type in NUMBERS) return describeNumber(json, name);
  const known: Record<string, string> = { string: 'text', boolean: '`true` or `false`', object: 'an object' };
  return known[type] ?? 'anything';
}

function lengthOf({ minLength, maxLength }: JsonSchema): string {
  return maxLength === undefined ? '' : `, ${minLength ?? 0} to ${maxLength} of them`;
}

function ownWords(schema: z.ZodType): string | undefined {
  for (const probe of PROBES)
    for (const issue of schema.safeParse(probe).error?.issues ?? []) {
      const [, words] = OWN_WORDS.exec(issue.message) ?? [];
      if (words !== undefined) return words;
    }
  return undefined;
}

function describeNumber({ type, minimum, maximum }: JsonSchema, name: string): string {
  const [suffix = ''] = /(Seconds|Ms|Bytes)$/.exec(name) ?? [];
  return `${NUMBERS[String(type)]}${UNITS[suffix] ?? ''}, ${minimum} to ${maximum}`;
}

function describeList(list: z.ZodArray, name: string): string {
  const element = describeType(list.element as z.ZodType, name);
  const { minItems, maxItems } = jsonSchemaOf(list);
  const least = minItems === undefined ? '' : `, at least ${minItems}`;
  const most = maxItems === undefined ? '' : `, at most ${maxItems}`;
  return `list, each ${element}${least}${most}`;
}

const LONGEST_DEFAULT = 40;

/** What holds where nothing is given. A default that is computed depends on the machine, and its member says on what. */
export function describeDefault(schema: z.ZodType, source: string): string {
  if (!schema.safeParse(undefined).success) return 'required';
  if (/\.default\(\(\) =>/.test(source)) return 'computed';
  if (!(schema instanceof z.ZodDefault)) return '–';
  const text = JSON.stringify(schema.def.defaultValue);
  return text.length <= LONGEST_DEFAULT ? `\`${text}\`` : 'see there';
}
