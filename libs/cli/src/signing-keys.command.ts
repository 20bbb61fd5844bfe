import type { Command } from 'commander';
import { isRow, path, type Row } from './admin-api.js';
import { importSecret } from './import-secret.js';
import { teach } from './lesson.js';
import { given, secretFileOption, timeOption, yesOption } from './options.js';
import type { Column, Output } from './output.js';
import { showSecret } from './show-secret.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['KEY', 'kid'],
  ['ALGORITHM', 'algorithm'],
  ['STATE', 'state'],
  ['CREATED', 'createdAt'],
  ['SIGNS FROM', 'signsFrom'],
  ['VERIFIES UNTIL', 'verifiesUntil'],
];

interface RotateOptions {
  /** Seconds. */
  readonly signIn?: number;
  readonly importFile?: string;
  readonly secretFile?: string;
}

interface DropOptions {
  readonly secretFile?: string;
  readonly yes?: boolean;
}

export function addSigningKeysCommands(program: Command, open: OpenWorkplace): void {
  const keys = program
    .command('signing-keys')
    .description('the keys that access tokens are signed with: list, rotate, drop');
  addList(keys, open);
  addRotate(keys, open);
  addDrop(keys, open);
}

function addList(keys: Command, open: OpenWorkplace): void {
  const list = keys.command('list').description('list the signing keys, the one that signs last first');
  teach(list, {
    examples: ['signing-keys list'],
    next: 'Nothing changes. VERIFIES UNTIL is - while no newer key follows.',
  }).action(async (_options, command: Command) => {
    const { api, output } = await open(command);
    const ifNone = 'There are no signing keys yet: the first is made when a token is issued.';
    output.list(await api.list('/signing-keys'), COLUMNS, ifNone);
  });
}

function addRotate(keys: Command, open: OpenWorkplace): void {
  const rotate = keys
    .command('rotate')
    .description('make the next signing key, beside which the present one signs for a while')
    .addOption(
      timeOption('--sign-in <duration>', 'how long it is published before it signs; 10m unless configured'),
    )
    .option('--import-file <path>', 'HS256 alone: take the base64 in this file (- reads stdin) for the key')
    .addOption(secretFileOption());
  teach(rotate, {
    examples: ['signing-keys rotate', 'signing-keys rotate --sign-in 1h'],
    next: 'The new key is published at once and signs later, when everybody who verifies tokens has seen it; what the old one signed is accepted until it expires. No request is refused. Of HS256 the secret is shown, this once: bring it to whoever verifies with it before it signs.',
  }).action(async ({ signIn, importFile, secretFile }: RotateOptions, command: Command) => {
    const workplace = await open(command);
    const { api, output, terminal } = workplace;
    const secret = await importSecret({ importFile, secretFile }, terminal);
    await showSecret({
      workplace,
      secretFile,
      make: async () => {
        const { secret: made, ...key } = await api.post(
          '/signing-keys',
          given({ signInSeconds: signIn, secret }),
        );
        // Whoever brings a secret has it already.
        return secret === undefined && made !== undefined ? { ...key, secret: made } : key;
      },
      secrets: { secret: 'Secret' },
      tell: (key) => tellOf(output, key),
    });
  });
}

function addDrop(keys: Command, open: OpenWorkplace): void {
  const drop = keys
    .command('drop')
    .argument('<kid>', 'which one, as signing-keys list names it')
    .description('drop a signing key that others may know')
    .addOption(secretFileOption())
    .addOption(yesOption());
  teach(drop, {
    examples: ['signing-keys drop 3da27b01c0ffee42', 'signing-keys drop 3da27b01c0ffee42 --yes'],
    next: 'Every access token that it signed is refused: at once on the node that answered, on the others within a minute; other servers that verify hear of it when they fetch /oauth/jwks again. Apps refresh, and nobody has to sign in again. Where it was the key that signs, the next one signs at once.',
  }).action(async (kid: string, { secretFile, yes }: DropOptions, command: Command) => {
    const workplace = await open(command);
    const { api, output, terminal } = workplace;
    await terminal.confirm(`This refuses every access token that ${kid} signed.`, { yes: yes === true });
    await showSecret({
      workplace,
      secretFile,
      make: async () => flattened(await api.deleteAndTell(path`/signing-keys/${kid}`)),
      secrets: { secret: 'Secret' },
      tell: ({ successor }) => {
        output.text(`The key ${kid} is dropped.`);
        if (isRow(successor)) tellOf(output, successor);
      },
    });
  });
}

function tellOf(output: Output, { kid, signsFrom }: Row): void {
  output.text(`The key ${String(kid)} signs from ${String(signsFrom)} on.`);
}

/** The secret of what signs instead beside it, where a secret is looked for. */
function flattened({ successor, ...rest }: Row): Row {
  if (!isRow(successor)) return { ...rest, successor: null };
  const { secret, ...key } = successor;
  return { ...rest, successor: key, ...given({ secret }) };
}
