import type { Command } from 'commander';
import { path } from './admin-api.js';
import { findUser } from './find-user.js';
import { teach } from './lesson.js';
import { given, scopesOption, userArgument, yesOption } from './options.js';
import type { Column } from './output.js';
import { newPassword } from './new-password.js';
import { UsageMistake } from './usage-mistake.js';
import type { OpenWorkplace } from './workplace.js';

const BRIEFLY: readonly Column[] = [
  ['USER', 'id'],
  ['USERNAME', 'username'],
  ['SCOPES', 'scopes'],
  ['SUSPENDED', 'suspended'],
  ['CREATED', 'createdAt'],
];

interface UserOptions {
  readonly scopes?: string[];
  readonly password?: boolean;
  readonly passwordStdin?: boolean;
}

export function addUsersCommands(program: Command, open: OpenWorkplace): void {
  const users = program
    .command('users')
    .description('the users who sign in: register, change, suspend, remove');
  addList(users, open);
  addShow(users, open);
  addCreate(users, open);
  addChange(users, open);
  addSuspension(users, open);
  addRemove(users, open);
}

function addList(users: Command, open: OpenWorkplace): void {
  const list = users.command('list').description('list all users');
  teach(list, {
    examples: ['users list', 'users list --json'],
    next: 'Nothing changes.',
  }).action(async (_options, command: Command) => {
    const { api, output } = await open(command);
    output.list(
      await api.list('/users'),
      BRIEFLY,
      'There are no users yet: portcullis users create registers one.',
    );
  });
}

function addShow(users: Command, open: OpenWorkplace): void {
  const show = users.command('show').addArgument(userArgument()).description('show one user');
  teach(show, {
    examples: ['users show ada'],
    next: 'Nothing changes. portcullis scopes list <user> says what the user may do through which app.',
  }).action(async (user: string, _options, command: Command) => {
    const { api, output } = await open(command);
    output.show(await api.get(path`/users/${await findUser(api, user)}`), BRIEFLY);
  });
}

function addCreate(users: Command, open: OpenWorkplace): void {
  const create = users
    .command('create')
    .argument('<username>', '1 to 64 characters, no colon and no white space')
    .description('register a user')
    .addOption(scopesOption('what the user may do: "accounts:read transfers:write"'))
    .option('--password-stdin', 'read the password from stdin instead of asking for it');
  teach(create, {
    examples: [
      'users create ada --scopes "accounts:read"',
      'users create ada --password-stdin < ./password.txt',
    ],
    next: 'The password is asked for, hidden, and not shown again. The user can sign in at once through any app; what they may do is what app and user may both do.',
  }).action(async (username: string, { scopes, passwordStdin }: UserOptions, command: Command) => {
    const { api, output, terminal } = await open(command);
    const password = await newPassword(terminal, { passwordStdin });
    output.show(await api.post('/users', given({ username, password, scopes })), BRIEFLY);
  });
}

function addChange(users: Command, open: OpenWorkplace): void {
  const change = users
    .command('change')
    .addArgument(userArgument())
    .description("change a user's password or scopes")
    .addOption(scopesOption('what the user may do; empty for nothing'))
    .option('--password', 'ask for a new password')
    .option('--password-stdin', 'read the new password from stdin');
  teach(change, {
    examples: ['users change ada --scopes "accounts:read"', 'users change ada --password'],
    next: 'A new password ends every session of the user. New scopes are in force at once on the node that answered, on the others within a minute.',
  }).action(async (user: string, options: UserOptions, command: Command) => {
    const { scopes, passwordStdin } = options;
    const asksForPassword = options.password === true || passwordStdin === true;
    if (scopes === undefined && !asksForPassword)
      throw new UsageMistake('There is nothing to change', 'Name --scopes, --password or --password-stdin.');
    const { api, output, terminal } = await open(command);
    const password = asksForPassword ? await newPassword(terminal, { passwordStdin }) : undefined;
    const id = await findUser(api, user);
    output.show(await api.patch(path`/users/${id}`, given({ password, scopes })), BRIEFLY);
  });
}

function addSuspension(users: Command, open: OpenWorkplace): void {
  const turn = (name: 'suspend' | 'resume', description: string, next: string) => {
    const suspended = name === 'suspend';
    const command = users.command(name).addArgument(userArgument()).description(description);
    teach(command, { examples: [`users ${name} ada`], next }).action(
      async (user: string, _options, self: Command) => {
        const { api, output } = await open(self);
        const changed = await api.patch(path`/users/${await findUser(api, user)}`, { suspended });
        output.done(`${user} is ${suspended ? 'suspended' : 'admitted again'}.`, changed);
      },
    );
  };
  turn(
    'suspend',
    'refuse a user everywhere, until they are resumed',
    'The user can neither sign in nor go on: at once on the node that answered, on the others within a minute. portcullis users resume <user> admits them again.',
  );
  turn('resume', 'admit a suspended user again', 'The user can sign in as before, with the same password.');
}

function addRemove(users: Command, open: OpenWorkplace): void {
  const remove = users.command('remove').addArgument(userArgument()).description('remove a user for good');
  teach(remove.addOption(yesOption()), {
    examples: ['users remove ada', 'users remove ada --yes'],
    next: 'The user and their sessions are gone, and cannot be brought back. The server refuses it while the application keeps records of the user: suspend them instead.',
  }).action(async (user: string, options: { yes?: boolean }, command: Command) => {
    const { api, output, terminal } = await open(command);
    const id = await findUser(api, user);
    await terminal.confirm(`This removes the user ${user} with their sessions for good.`, options);
    await api.delete(path`/users/${id}`);
    output.done(`${user} is removed.`, { removed: id });
  });
}
