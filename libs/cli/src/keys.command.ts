import type { Command } from 'commander';
import { path } from './admin-api.js';
import { teach } from './lesson.js';
import { given, scopesOption, secretFileOption, timeOption, yesOption } from './options.js';
import type { Column } from './output.js';
import { showSecret } from './show-secret.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['KEY', 'id'],
  ['NAME', 'name'],
  ['SCOPES', 'scopes'],
  ['CREATED', 'createdAt'],
  ['EXPIRES', 'expiresAt'],
];
const SCOPES =
  'what the key may do: apps:read apps:write secrets:write users:read users:write sessions:read sessions:write resources:read resources:write consents:read consents:write revocations:read revocations:write signing-keys:read signing-keys:write keys:read keys:write audit:read doctor:read';

interface NewKey {
  readonly name: string;
  readonly scopes: string[];
  /** Seconds. */
  readonly expiresIn?: number;
  readonly secretFile?: string;
}

export function addKeysCommands(program: Command, open: OpenWorkplace): void {
  const keys = program.command('keys').description('administration keys: list, create, revoke');
  addList(keys, open);
  addCreate(keys, open);
  addRevoke(keys, open);
}

function addList(keys: Command, open: OpenWorkplace): void {
  const list = keys.command('list').description('list the named administration keys');
  teach(list, {
    examples: ['keys list'],
    next: "Nothing changes. The server's own key (PORTCULLIS_ADMIN_KEY in its environment) may do everything and is not listed.",
  }).action(async (_options, command: Command) => {
    const { api, output } = await open(command);
    output.list(
      await api.list('/keys'),
      COLUMNS,
      'There are no named keys yet: portcullis keys create makes one.',
    );
  });
}

function addCreate(keys: Command, open: OpenWorkplace): void {
  const create = keys
    .command('create')
    .description('make an administration key and show it, once')
    .requiredOption('--name <name>', 'who or what uses it; the audit trail names it so')
    .addOption(scopesOption(SCOPES).makeOptionMandatory())
    .addOption(timeOption('--expires-in <duration>', 'how long it works; 90d unless given, 366d at most'))
    .addOption(secretFileOption());
  teach(create, {
    examples: [
      'keys create --name dashboard --scopes "apps:read users:read" --expires-in 30d',
      'keys create --name on-call --scopes "users:write sessions:write users:read" --secret-file ./on-call.key',
      'users suspend ada --key-file ./on-call.key',
    ],
    next: 'The key works at once and is shown this once. It can be given no scope that the key which makes it has not.',
  }).action(async ({ name, scopes, expiresIn, secretFile }: NewKey, command: Command) => {
    const workplace = await open(command);
    const body = { name, scopes, ...given({ expiresInSeconds: expiresIn }) };
    await showSecret({
      workplace,
      secretFile,
      make: () => workplace.api.post('/keys', body),
      secrets: { key: 'Key' },
      tell: (key) => workplace.output.show(key, COLUMNS),
    });
  });
}

function addRevoke(keys: Command, open: OpenWorkplace): void {
  const revoke = keys.command('revoke').argument('<key>', 'the id, as keys list names it');
  teach(revoke.description('revoke an administration key').addOption(yesOption()), {
    examples: ['keys revoke 0b6f0c9e', 'keys revoke 0b6f0c9e --yes'],
    next: 'Whoever uses the key is refused: at once on the node that answered, on the others within a minute. It cannot be brought back; what was done with it stays in the audit trail.',
  }).action(async (key: string, options: { yes?: boolean }, command: Command) => {
    const { api, output, terminal } = await open(command);
    await terminal.confirm(`This revokes the key ${key} for good.`, options);
    await api.delete(path`/keys/${key}`);
    output.done(`The key ${key} is revoked.`, { revoked: key });
  });
}
