import type { Command } from 'commander';
import type { Row } from './admin-api.js';
import { teach } from './lesson.js';
import { momentOf } from './moment.js';
import type { Column } from './output.js';
import { Unreachable } from './unreachable.js';
import type { OpenWorkplace } from './workplace.js';

const member = (owner: unknown, name: string): unknown =>
  typeof owner === 'object' && owner !== null ? (owner as Row)[name] : undefined;

const COLUMNS: readonly Column[] = [
  ['WHEN', 'at'],
  ['WHO', ({ actor }) => member(actor, 'name') ?? member(actor, 'id') ?? member(actor, 'kind')],
  ['DID', 'action'],
  ['TO', ({ subject }) => [member(subject, 'kind'), member(subject, 'id')]],
  ['FROM', 'address'],
  ['DETAILS', ({ details }) => detailsOf(details)],
];

interface Filters {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly before?: string;
}

export function addAuditCommands(program: Command, open: OpenWorkplace): void {
  const audit = program.command('audit').description('who changed what, and when');
  const list = audit
    .command('list')
    .description('list what was changed, newest first')
    .option('--actor <id>', 'by whom: the id of a key or a user')
    .option('--action <action>', 'what was done, such as app-secret.rotated')
    .option('--subject <id>', 'to what: the id of an app, a user, a session or a key')
    .option('--from <time>', 'not before: 2026-01-31T12:00:00Z, or how long ago: 2d')
    .option('--to <time>', 'not after, in the same forms')
    .option('--limit <count>', '1 to 500; 50 unless given')
    .option('--before <page>', 'the page that the previous answer named');
  teach(list, {
    examples: ['audit list --from 1d', 'audit list --subject bank-ios --action app-secret.rotated'],
    next: 'Nothing changes. Where there is more, the last line says how to see it.',
  }).action(async (filters: Filters, command: Command) => {
    const query = queryOf(filters);
    const { api, output } = await open(command);
    const page = await api.get(`/audit${query === '' ? '' : `?${query}`}`);
    const { events, next } = page;
    if (!Array.isArray(events))
      throw new Unreachable('unexpected_answer', 'The server answered no audit trail');
    if (output.speaksJson) return output.json(page);
    output.list(events as Row[], COLUMNS, 'Nothing was changed.');
    if (next !== null && next !== undefined) output.text(`\nThere is more: add --before ${String(next)}`);
  });
}

function queryOf({ from, to, ...rest }: Filters): string {
  const filters = { ...rest, from: momentOf('--from', from), to: momentOf('--to', to) };
  const named = ['actor', 'action', 'subject', 'from', 'to', 'limit', 'before'] as const;
  const query = new URLSearchParams();
  for (const name of named) if (filters[name] !== undefined) query.set(name, filters[name]);
  return query.toString();
}

function detailsOf(details: unknown): unknown {
  if (typeof details !== 'object' || details === null) return details;
  return Object.entries(details).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
}
