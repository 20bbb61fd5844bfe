import type { Command } from 'commander';
import { userIdOf, type NamedUser } from './find-user.js';
import { teach } from './lesson.js';
import { appArgument, byIdOption, userArgument, yesOption } from './options.js';
import type { Column } from './output.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['APP', 'appId'],
  ['RESOURCE', 'resource'],
  ['SCOPES', 'scopes'],
  ['ALLOWED', 'grantedAt'],
];

export function addConsentsCommands(program: Command, open: OpenWorkplace): void {
  const consents = program
    .command('consents')
    .description('what a user has allowed apps to do: list, withdraw');
  addList(consents, open);
  addWithdraw(consents, open);
}

function addList(consents: Command, open: OpenWorkplace): void {
  const list = consents
    .command('list')
    .addArgument(userArgument())
    .addOption(byIdOption())
    .description('list what a user has allowed, app by app');
  teach(list, {
    examples: ['consents list ada'],
    next: "Nothing changes. RESOURCE is - for the server's own API.",
  }).action(async (user: string, options: NamedUser, command: Command) => {
    const { api, output } = await open(command);
    const query = new URLSearchParams({ userId: await userIdOf(api, user, options) });
    output.list(await api.list(`/consents?${query}`), COLUMNS, 'The user has allowed no app anything.');
  });
}

function addWithdraw(consents: Command, open: OpenWorkplace): void {
  const withdraw = consents
    .command('withdraw')
    .addArgument(userArgument())
    .addArgument(appArgument())
    .addOption(byIdOption())
    .addOption(yesOption())
    .description('take back all that a user has allowed an app');
  teach(withdraw, {
    examples: ['consents withdraw ada bank-ios', 'consents withdraw ada bank-ios --yes'],
    next: 'The sessions that the user has through the app end, and their tokens are refused: at once on the node that answered, on the others within a minute. The app can ask the user again.',
  }).action(async (...args: [string, string, NamedUser & { yes?: boolean }, Command]) => {
    const [user, appId, options, command] = args;
    const { api, output, terminal } = await open(command);
    const userId = await userIdOf(api, user, options);
    await terminal.confirm(`This takes back all that ${user} has allowed ${appId}.`, options);
    await api.delete(`/consents?${new URLSearchParams({ userId, appId })}`);
    output.done(`${appId} has no consent of ${user} any more.`, { withdrawn: { userId, appId } });
  });
}
