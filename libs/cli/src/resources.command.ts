import type { Command } from 'commander';
import { path } from './admin-api.js';
import { teach } from './lesson.js';
import { given, scopesOption, yesOption } from './options.js';
import type { Column } from './output.js';
import { UsageMistake } from './usage-mistake.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['RESOURCE', 'identifier'],
  ['NAME', 'name'],
  ['SCOPES', 'scopes'],
  ['APP', 'appId'],
  ['CREATED', 'createdAt'],
];

interface Settings {
  readonly name?: string;
  readonly scopes?: string[];
  readonly app?: string;
}

export function addResourcesCommands(program: Command, open: OpenWorkplace): void {
  const resources = program
    .command('resources')
    .description('APIs that tokens can be asked for: register, change, remove');
  addList(resources, open);
  addShow(resources, open);
  addCreate(resources, open);
  addChange(resources, open);
  addRemove(resources, open);
}

function takeIdentifier(command: Command): Command {
  return command.argument(
    '<resource>',
    'its identifier: an absolute URI without a fragment, the aud of its tokens',
  );
}

function takeSettings(command: Command): Command {
  return command
    .addOption(scopesOption('what means something there: "reports:read reports:write"; empty for nothing'))
    .option('--app <app>', 'the confidential app that it introspects tokens as; empty for none');
}

function settingsOf({ name, scopes, app }: Settings) {
  return given({ name, scopes, appId: app === '' ? null : app });
}

function addList(resources: Command, open: OpenWorkplace): void {
  const list = resources.command('list').description('list all resource servers');
  teach(list, {
    examples: ['resources list'],
    next: "Nothing changes. The server's own API needs no entry and is not listed.",
  }).action(async (_options, command: Command) => {
    const { api, output } = await open(command);
    output.list(
      await api.list('/resources'),
      COLUMNS,
      'There are no resource servers yet: portcullis resources create registers one.',
    );
  });
}

function addShow(resources: Command, open: OpenWorkplace): void {
  const show = takeIdentifier(resources.command('show')).description('show one resource server');
  teach(show, {
    examples: ['resources show https://reports.example.com'],
    next: 'Nothing changes.',
  }).action(async (identifier: string, _options, command: Command) => {
    const { api, output } = await open(command);
    output.show(await api.get(path`/resources/${identifier}`), COLUMNS);
  });
}

function addCreate(resources: Command, open: OpenWorkplace): void {
  const create = takeIdentifier(resources.command('create')).description('register a resource server');
  create.requiredOption('--name <name>', 'as the page that asks for consent calls it');
  teach(takeSettings(create), {
    examples: ['resources create https://reports.example.com --name Reports --scopes "reports:read"'],
    next: 'Tokens can be asked for it at once, by the apps that name it: portcullis apps change <app> --resource <resource>. It takes those alone that have its identifier in aud.',
  }).action(async (identifier: string, options: Settings, command: Command) => {
    const { api, output } = await open(command);
    output.show(await api.post('/resources', { identifier, ...settingsOf(options) }), COLUMNS);
  });
}

function addChange(resources: Command, open: OpenWorkplace): void {
  const change = takeIdentifier(resources.command('change'))
    .description('change what is said of a resource server')
    .option('--name <name>', 'as the page that asks for consent calls it');
  teach(takeSettings(change), {
    examples: ['resources change https://reports.example.com --scopes "reports:read reports:write"'],
    next: 'What is not named stays as it is. It holds for new tokens: at once on the node that answered, on the others within a minute. Tokens that are out keep what they carry until they expire.',
  }).action(async (identifier: string, options: Settings, command: Command) => {
    const changes = settingsOf(options);
    if (Object.keys(changes).length === 0)
      throw new UsageMistake('There is nothing to change', 'Name --name, --scopes or --app.');
    const { api, output } = await open(command);
    output.show(await api.patch(path`/resources/${identifier}`, changes), COLUMNS);
  });
}

function addRemove(resources: Command, open: OpenWorkplace): void {
  const remove = takeIdentifier(resources.command('remove'))
    .addOption(yesOption())
    .description('remove a resource server for good');
  teach(remove, {
    examples: [
      'resources remove https://reports.example.com',
      'resources remove https://reports.example.com --yes',
    ],
    next: 'No new token is for it: at once on the node that answered, on the others within a minute. It takes those that are out until they expire.',
  }).action(async (identifier: string, options: { yes?: boolean }, command: Command) => {
    const { api, output, terminal } = await open(command);
    await terminal.confirm(`This removes the resource server ${identifier} for good.`, options);
    await api.delete(path`/resources/${identifier}`);
    output.done(`${identifier} is removed.`, { removed: identifier });
  });
}
