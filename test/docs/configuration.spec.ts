import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { CONFIGURATION_PAGE, configurationReference } from './configuration-reference.js';
import { SECTIONS } from './configuration-sections.js';
import { describeDefault, describeType } from './describe-schema.js';

describe('The configuration page', () => {
  it('says what the schemas check: regenerate it with `npm run docs:configuration`', () => {
    const generated = configurationReference();
    if (process.env['WRITE_DOCS'] !== undefined) writeFileSync(CONFIGURATION_PAGE, generated);
    const kept = existsSync(CONFIGURATION_PAGE) ? readFileSync(CONFIGURATION_PAGE, 'utf8') : '';
    expect(kept).toBe(generated);
  });

  it('leaves out no option that there is', () => {
    const page = readFileSync(CONFIGURATION_PAGE, 'utf8');
    const objects = SECTIONS.map(({ schema }) => schema).filter((schema) => schema instanceof z.ZodObject);
    const names = objects.flatMap(({ shape }) => Object.keys(shape as object));
    expect(names.length).toBeGreaterThan(60);
    expect(names.filter((name) => !page.includes(`| \`${name}\``))).toEqual([]);
  });

  it.each([
    [z.number().int().min(1).max(9).default(3), 'agedSeconds', 'whole number of seconds, 1 to 9', '`3`'],
    [z.enum(['a', 'b']).optional(), 'choice', '`"a"`, `"b"`', '–'],
    [z.array(z.string()).min(1), 'names', 'list, each text, at least 1', 'required'],
    [
      z
        .string()
        .refine((text) => text === 'x', 'expected an x')
        .nullable(),
      'x',
      'an x, or `null`',
      'required',
    ],
  ])('puts a schema into words (%#)', (schema, name, type, value) => {
    expect([describeType(schema, name), describeDefault(schema, '')]).toEqual([type, value]);
  });
});
