import type { Command } from 'commander';
import { teach } from './lesson.js';
import type { Column } from './output.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['REVOKED', 'kind'],
  ['ID', 'id'],
  ['BEGUN BEFORE', 'before'],
  ['WHEN', 'recordedAt'],
  ['REMEMBERED UNTIL', 'expiresAt'],
];

export function addRevocationsCommands(program: Command, open: OpenWorkplace): void {
  const revocations = program.command('revocations').description('what is revoked now');
  const list = revocations
    .command('list')
    .description('list the revocations that can still hit anything, newest first')
    .option('--limit <count>', '1 to 500; 50 unless given');
  teach(list, {
    examples: ['revocations list', 'revocations list --limit 500 --json'],
    next: 'Nothing changes. One that is not listed any more has outlived whatever it revoked. The audit trail says who revoked what: portcullis audit list.',
  }).action(async ({ limit }: { limit?: string }, command: Command) => {
    const { api, output } = await open(command);
    const query = limit === undefined ? '' : `?limit=${encodeURIComponent(limit)}`;
    output.list(await api.list(`/revocations${query}`), COLUMNS, 'Nothing is revoked now.');
  });
}
