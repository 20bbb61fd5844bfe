import type { Command } from 'commander';
import { path, type Row } from './admin-api.js';
import { importSecret } from './import-secret.js';
import { teach } from './lesson.js';
import { appArgument, choiceOption, given, secretFileOption, timeOption, yesOption } from './options.js';
import type { Column } from './output.js';
import { showSecret } from './show-secret.js';
import { UsageMistake } from './usage-mistake.js';
import type { OpenWorkplace, Workplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['SECRET', 'secretId'],
  ['PURPOSE', 'purpose'],
  ['CREATED', 'createdAt'],
  ['EXPIRES', 'expiresAt'],
];

const PURPOSES = ['signing', 'client', 'integrity'];
const purposeOption = () =>
  choiceOption('--purpose <purpose>', 'what the secret is for', PURPOSES).makeOptionMandatory();

interface RotateOptions {
  readonly purpose: string;
  /** Seconds. */
  readonly overlap?: number;
  readonly importFile?: string;
  readonly secretFile?: string;
  readonly yes?: boolean;
}

export function addSecretsCommands(program: Command, open: OpenWorkplace): void {
  const secrets = program.command('secrets').description("apps' secrets: list, rotate, remove");
  addList(secrets, open);
  addRotate(secrets, open);
  addRemove(secrets, open);
}

function addList(secrets: Command, open: OpenWorkplace): void {
  const list = secrets.command('list').addArgument(appArgument()).description("list an app's secrets");
  teach(list, {
    examples: ['secrets list bank-ios'],
    next: 'Nothing changes. A secret is named by its id; the secret itself cannot be read again. EXPIRES is - while no newer one has taken over.',
  }).action(async (app: string, _options, command: Command) => {
    const { api, output } = await open(command);
    const { secrets: found } = await api.get(path`/apps/${app}`);
    output.list(Array.isArray(found) ? (found as Row[]) : [], COLUMNS, 'The app has no secrets.');
  });
}

function addRotate(secrets: Command, open: OpenWorkplace): void {
  const rotate = secrets
    .command('rotate')
    .addArgument(appArgument())
    .description('make a new secret, beside which the old one works for a while')
    .addOption(purposeOption())
    .addOption(
      timeOption('--overlap <duration>', 'how long those so far go on working; 1d unless given, 0 cuts them'),
    )
    .option(
      '--import-file <path>',
      'integrity alone: take the base64 in this file (- reads stdin) for the secret',
    )
    .addOption(secretFileOption())
    .addOption(yesOption());
  teach(rotate, {
    examples: [
      'secrets rotate bank-ios --purpose signing --overlap 7d',
      'secrets rotate bank-ios --purpose integrity --secret-file ./integrity.secret',
      'secrets rotate bank-ios --purpose signing --overlap 0 --yes',
    ],
    next: 'The new secret works at once, and is shown this once. The old ones work until the overlap ends: bring the new one to the app before. An overlap of 0 refuses every app that still has an old one.',
  }).action(async (app: string, options: RotateOptions, command: Command) => {
    if (options.importFile !== undefined && options.purpose !== 'integrity')
      throw new UsageMistake('--import-file is for --purpose integrity alone');
    await rotateSecret(await open(command), app, options);
  });
}

async function rotateSecret(workplace: Workplace, app: string, options: RotateOptions): Promise<void> {
  const { api, output, terminal } = workplace;
  const { purpose, overlap: overlapSeconds, secretFile } = options;
  const secret = await importSecret(options, terminal);
  if (overlapSeconds === 0)
    await terminal.confirm(`This cuts every ${purpose} secret of ${app} at once.`, options);
  await showSecret({
    workplace,
    secretFile,
    make: async () => {
      const { secret: made, ...rest } = await api.post(
        path`/apps/${app}/${purpose}-secrets`,
        given({ overlapSeconds, secret }),
      );
      // Whoever brings a secret has it already.
      return secret === undefined ? { ...rest, secret: made } : rest;
    },
    secrets: { secret: 'Secret' },
    tell: ({ secretId }) => output.text(`${app} has the new ${purpose} secret ${String(secretId)}.`),
  });
}

function addRemove(secrets: Command, open: OpenWorkplace): void {
  const remove = secrets
    .command('remove')
    .addArgument(appArgument())
    .argument('<secret-id>', 'which one, as secrets list names it')
    .description('remove one secret')
    .addOption(purposeOption())
    .addOption(yesOption());
  teach(remove, {
    examples: ['secrets remove bank-ios 0b6f0c9e-4d0e-4a53-9d1c-2f6d1f1f7c11 --purpose signing'],
    next: 'What is signed or authenticated with it is refused: at once on the node that answered, on the others within a minute. It cannot be brought back.',
  }).action(async (app: string, id: string, options: RotateOptions, command: Command) => {
    const { api, output, terminal } = await open(command);
    await terminal.confirm(`This removes the ${options.purpose} secret ${id} of ${app} for good.`, options);
    await api.delete(path`/apps/${app}/${options.purpose}-secrets/${id}`);
    output.done(`${id} is removed.`, { removed: id, app, purpose: options.purpose });
  });
}
