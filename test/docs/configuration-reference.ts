import { spawnSync } from 'node:child_process';
import { z } from 'zod';
import { SECTIONS, type Section } from './configuration-sections.js';
import { describeDefault, describeType } from './describe-schema.js';
import { readMembers, type Member } from './read-members.js';

export const CONFIGURATION_PAGE = 'docs/configuration.md';

const HEAD = `# Configuration

Every option, generated from the schemas that check it (\`npm run docs:configuration\`). Options are read once, at boot; one
that cannot be worked with ends the start, named, with what was expected. Its value is never repeated, for it may be a secret.
An option that there is not is a mistake, too.
`;

const cell = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');
const row = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

/** The page, as prettier writes it. Throws where a member has no comment that says what it means. */
export function configurationReference(): string {
  const page = [HEAD, ...SECTIONS.map(sectionOf)].join('\n');
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    ['node_modules/prettier/bin/prettier.cjs', '--stdin-filepath', CONFIGURATION_PAGE],
    { input: page, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

function sectionOf(section: Section): string {
  const names = [section.name, section.extended].filter((name) => name !== undefined);
  const members = names.flatMap((name) => readMembers(section.path, name));
  const silent = members.filter(({ meaning }) => meaning === '').map(({ name }) => name);
  if (silent.length > 0) throw new Error(`${section.path}: no comment says what ${silent.join(', ')} means`);
  const table = section.schema ? schemaTable(section, section.schema, members) : interfaceTable(members);
  return [`## ${section.title}`, section.intro, table].filter((part) => part !== '').join('\n\n') + '\n';
}

function schemaTable({ expected = {} }: Section, schema: z.ZodType, members: readonly Member[]): string {
  const { shape } = objectIn(schema);
  const rows = members.map(({ name, meaning, source }) => {
    const member = shape[name] as z.ZodType;
    return row([
      `\`${name}\``,
      expected[name] ?? describeType(member, name),
      describeDefault(member, source),
      meaning,
    ]);
  });
  return [row(['option', 'expected', 'default', 'meaning']), row(['-', '-', '-', '-']), ...rows].join('\n');
}

/** The object at the entrance of a schema that changes what it has read. */
function objectIn(schema: z.ZodType): z.ZodObject {
  if (schema instanceof z.ZodPipe) return objectIn(schema.in as z.ZodType);
  if (schema instanceof z.ZodObject) return schema;
  throw new TypeError('expected the schema of an object');
}

function interfaceTable(members: readonly Member[]): string {
  const rows = members.map(({ name, source, isOptional, meaning }) => {
    const type = source.startsWith('{') ? 'an object' : `\`${source.replaceAll('readonly ', '')}\``;
    return row([`\`${name}\``, type, isOptional ? '–' : 'required', meaning]);
  });
  return [row(['option', 'type', 'default', 'meaning']), row(['-', '-', '-', '-']), ...rows].join('\n');
}
