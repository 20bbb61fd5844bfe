import type { Command } from 'commander';
import { path } from './admin-api.js';
import { nameKeys, settingsOf, takeSettings, type AppSettings } from './app-settings.js';
import { teach } from './lesson.js';
import { appArgument, choiceOption, given, secretFileOption, yesOption } from './options.js';
import type { Column } from './output.js';
import { showSecret } from './show-secret.js';
import { UsageMistake } from './usage-mistake.js';
import type { OpenWorkplace } from './workplace.js';

const BRIEFLY: readonly Column[] = [
  ['APP', 'id'],
  ['NAME', 'name'],
  ['TYPE', 'clientType'],
  ['SCOPES', 'scopes'],
  ['SESSIONS', 'sessionKind'],
  ['SUSPENDED', 'suspended'],
];

const FULLY: readonly Column[] = [
  ...BRIEFLY,
  ['TIER', 'tier'],
  ['GRANT TYPES', 'grantTypes'],
  ['REDIRECT URIS', 'redirectUris'],
  ['RESOURCES', 'resources'],
  ['REFRESH ROTATION', 'refreshRotation'],
  ['CLIENT KEYS', ({ clientKeys }) => nameKeys(clientKeys)],
  ['PLAIN PKCE', 'plainPkce'],
  ['DPOP-BOUND', 'dpopBoundAccessTokens'],
  ['PUSHED REQUESTS ONLY', 'requirePushedRequests'],
  ['CORS ORIGINS', 'corsOrigins'],
  ['CREATED', 'createdAt'],
];

interface NewApp extends AppSettings {
  readonly id?: string;
  readonly clientType: string;
  readonly signing?: boolean;
  readonly secretFile?: string;
}

export function addAppsCommands(program: Command, open: OpenWorkplace): void {
  const apps = program
    .command('apps')
    .description('the apps that may call: register, change, suspend, remove');
  addList(apps, open);
  addShow(apps, open);
  addCreate(apps, open);
  addChange(apps, open);
  addSuspension(apps, open);
  addRemove(apps, open);
}

function addList(apps: Command, open: OpenWorkplace): void {
  const list = apps.command('list').description('list all apps');
  teach(list, {
    examples: ['apps list', 'apps list --json'],
    next: 'Nothing changes. portcullis apps show <app> tells more about one.',
  }).action(async (_options, command: Command) => {
    const { api, output } = await open(command);
    output.list(
      await api.list('/apps'),
      BRIEFLY,
      'There are no apps yet: portcullis apps create registers one.',
    );
  });
}

function addShow(apps: Command, open: OpenWorkplace): void {
  const show = apps.command('show').addArgument(appArgument()).description('show one app');
  teach(show, {
    examples: ['apps show bank-ios'],
    next: 'Nothing changes. No secret is shown, for none can be read again: portcullis secrets list <app> says which there are.',
  }).action(async (app: string, _options, command: Command) => {
    const { api, output } = await open(command);
    output.show(await api.get(path`/apps/${app}`), FULLY);
  });
}

function addCreate(apps: Command, open: OpenWorkplace): void {
  const create = apps.command('create').description('register an app and show its secrets, once');
  create
    .requiredOption('--name <name>', 'what people call it')
    .addOption(
      choiceOption(
        '--client-type <type>',
        'whether it can keep a secret (confidential) or its users have a copy of it (public)',
        ['public', 'confidential'],
      ).makeOptionMandatory(),
    )
    .option('--id <id>', 'its id, which is no secret; made up unless given')
    .option('--signing', 'give a public app a signing secret, too');
  takeSettings(create).addOption(secretFileOption());
  teach(create, {
    examples: [
      'apps create --id bank-ios --name "Bank for iOS" --client-type public --signing --scopes "accounts:read"',
      'apps create --name Reports --client-type confidential --secret-file ./reports.json',
      'apps create --id bank-web --name "Bank on the web" --client-type public --grant-type authorization_code --redirect-uri https://bank.example/callback',
    ],
    next: 'The app can call at once. A confidential app has a signing secret, and a client secret unless it has --client-key; a public one a signing secret with --signing. They are shown this once; with --secret-file they are in a JSON object there instead.',
  }).action(async (options: NewApp, command: Command) => {
    const workplace = await open(command);
    const { id, clientType, signing, secretFile } = options;
    const settings = await settingsOf(options, workplace.terminal);
    await showSecret({
      workplace,
      secretFile,
      make: () => workplace.api.post('/apps', { ...settings, ...given({ id, clientType, signing }) }),
      secrets: { signingSecret: 'Signing secret', clientSecret: 'Client secret' },
      tell: (app) => workplace.output.show(app, FULLY),
    });
  });
}

function addChange(apps: Command, open: OpenWorkplace): void {
  const change = apps
    .command('change')
    .addArgument(appArgument())
    .description('change what is said of an app');
  change.option('--name <name>', 'what people call it');
  teach(takeSettings(change), {
    examples: [
      'apps change bank-ios --scopes "accounts:read transfers:write"',
      'apps change bank-ios --tier ""',
    ],
    next: 'What is not named stays as it is; a list that is named is replaced as a whole. It is in force at once on the node that answered, and on the others within a minute.',
  }).action(async (app: string, options: AppSettings, command: Command) => {
    const { api, output, terminal } = await open(command);
    const changes = await settingsOf(options, terminal);
    if (Object.keys(changes).length === 0)
      throw new UsageMistake('There is nothing to change', 'portcullis apps change --help says what can be.');
    output.show(await api.patch(path`/apps/${app}`, changes), FULLY);
  });
}

function addSuspension(apps: Command, open: OpenWorkplace): void {
  const turn = (name: 'suspend' | 'resume', description: string, next: string) => {
    const suspended = name === 'suspend';
    const command = apps.command(name).addArgument(appArgument()).description(description);
    teach(command, { examples: [`apps ${name} bank-ios`], next }).action(
      async (app: string, _options, self: Command) => {
        const { api, output } = await open(self);
        const changed = await api.patch(path`/apps/${app}`, { suspended });
        output.done(`${app} is ${suspended ? 'suspended' : 'admitted again'}.`, changed);
      },
    );
  };
  turn(
    'suspend',
    'refuse every call of an app, until it is resumed',
    'Every call of the app is refused: at once on the node that answered, on the others within a minute. Nothing is lost: portcullis apps resume <app> admits it again.',
  );
  turn('resume', 'admit a suspended app again', 'The app can call as before, with the same secrets.');
}

function addRemove(apps: Command, open: OpenWorkplace): void {
  const remove = apps.command('remove').addArgument(appArgument()).description('remove an app for good');
  teach(remove.addOption(yesOption()), {
    examples: ['apps remove bank-ios', 'apps remove bank-ios --yes'],
    next: 'The app, its secrets, and the sessions that were started through it are gone, and cannot be brought back. portcullis apps suspend <app> is the step that can be undone.',
  }).action(async (app: string, options: { yes?: boolean }, command: Command) => {
    const { api, output, terminal } = await open(command);
    await terminal.confirm(`This removes the app ${app} with its secrets and sessions for good.`, options);
    await api.delete(path`/apps/${app}`);
    output.done(`${app} is removed.`, { removed: app });
  });
}
