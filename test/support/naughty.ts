import blns from 'big-list-of-naughty-strings';
import fc from 'fast-check';

/** Half a surrogate pair, NUL, what ends a line, what moves a terminal's cursor, and what is very long. */
const NASTIER = [
  '\ud800',
  'a\udfffb',
  '\0',
  'a\0b',
  '\r\nX-Injected: 1',
  '\u2028\u2029',
  '\u001b[2J',
  '\ufeff',
  '\uffff',
  'ÿ'.repeat(300),
  'x'.repeat(10_000),
  '{"a":1}',
  '%00',
  '%ff%fe',
  '%',
  '../../../etc/passwd',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
];

/** Text that has broken somebody's program before. */
export const naughtyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...(blns as string[])) },
  { weight: 1, arbitrary: fc.constantFrom(...NASTIER) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const NUMBERS = [0, -1, -0, 0.5, 1e21, 1e308, -1e308, 2 ** 53, 2 ** 63, 4_294_967_296, Number.MIN_VALUE];

/** Any value that JSON can carry into a member that is meant for another. */
export const naughtyJson: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: naughtyText },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, true, false, [], {}, ...NUMBERS) },
  { weight: 1, arbitrary: fc.array(naughtyText, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.dictionary(naughtyText, naughtyText, { maxKeys: 3 }) },
  { weight: 1, arbitrary: fc.jsonValue() },
);

/** Bodies that are no JSON object of any schema. */
export const NAUGHTY_BODIES: readonly Buffer[] = [
  '',
  'null',
  '0',
  '"text"',
  '[]',
  '[{}]',
  '{',
  '{}x',
  '{"a":1,}',
  "{'a':1}",
  '{"a":NaN}',
  '{"a":1e999}',
  '\ufeff{}',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":1}}',
  '{"name":"a","__proto__":{"polluted":1}}',
  '['.repeat(50_000),
  `${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  '{"a":'.repeat(20_000),
  `{"a":"${'\\ud800'.repeat(100)}"}`,
  ...(blns as string[]).slice(0, 60),
]
  .map((text) => Buffer.from(text))
  .concat([
    Buffer.from([0xff, 0xfe, 0x7b, 0x7d]),
    Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]),
    Buffer.from('{}', 'utf16le'),
    Buffer.alloc(1_000),
  ]);

/** A header's value as bytes, in Latin-1: its UTF-8, without what would end the line. */
export function asHeaderValue(text: string): string {
  return Buffer.from(text)
    .toString('latin1')
    .replace(/[\r\n]/g, ' ')
    .slice(0, 4_000);
}

/** A part of a path or a query: percent-encoded, or as its bytes are, without what would end the target. */
export function asTargetPart(text: string, how: 'encoded' | 'raw'): string {
  const bytes = Buffer.from(text).subarray(0, 1_000);
  // eslint-disable-next-line no-control-regex -- what would end the request line
  if (how === 'raw') return bytes.toString('latin1').replace(/[\x00-\x20?#/\x7f]/g, '_');
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}
