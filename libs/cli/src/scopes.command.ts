import type { Command } from 'commander';
import { path, type Row } from './admin-api.js';
import { findUser } from './find-user.js';
import { teach } from './lesson.js';
import { appArgument, scopesOf, userArgument } from './options.js';
import type { Column } from './output.js';
import { UsageMistake } from './usage-mistake.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['APP', 'appId'],
  ['SCOPES', 'scopes'],
];

export function addScopesCommands(program: Command, open: OpenWorkplace): void {
  const scopes = program
    .command('scopes')
    .description('what a user may do through one app: list, set, clear');
  addList(scopes, open);
  addSet(scopes, open);
  addClear(scopes, open);
}

function addList(scopes: Command, open: OpenWorkplace): void {
  const list = scopes
    .command('list')
    .addArgument(userArgument())
    .description("list a user's limits, app by app");
  teach(list, {
    examples: ['scopes list ada'],
    next: 'Nothing changes. An app that is not in the list sets no limit of its own: there the user may do what app and user may both do.',
  }).action(async (user: string, _options, command: Command) => {
    const { api, output } = await open(command);
    const { apps } = await api.get(path`/users/${await findUser(api, user)}`);
    output.list(Array.isArray(apps) ? (apps as Row[]) : [], COLUMNS, 'No app sets a limit for this user.');
  });
}

function addSet(scopes: Command, open: OpenWorkplace): void {
  const set = scopes
    .command('set')
    .addArgument(userArgument())
    .addArgument(appArgument())
    .argument('[scopes...]', 'all that the user may do through the app')
    .description('limit what a user may do through one app')
    .option('--none', 'the user may do nothing through the app');
  teach(set, {
    examples: ['scopes set ada bank-ios accounts:read', 'scopes set ada bank-ios --none'],
    next: 'This replaces the limit that was there; it never gives more than app and user have. It is in force at once on the node that answered, on the others within a minute.',
  }).action(async (...args: [string, string, string[], { none?: boolean }, Command]) => {
    const [user, appId, words, { none }, command] = args;
    const limit = words.flatMap(scopesOf);
    if ((limit.length === 0) !== (none === true))
      throw new UsageMistake('Name the scopes, or --none for nothing at all');
    const { api, output } = await open(command);
    const id = await findUser(api, user);
    const answer = await api.put(path`/users/${id}/apps/${appId}`, { scopes: limit });
    const what = limit.length === 0 ? 'do nothing' : limit.join(' ');
    output.done(`Through ${appId}, ${user} may: ${what}.`, answer);
  });
}

function addClear(scopes: Command, open: OpenWorkplace): void {
  const clear = scopes
    .command('clear')
    .addArgument(userArgument())
    .addArgument(appArgument())
    .description('take the limit away');
  teach(clear, {
    examples: ['scopes clear ada bank-ios'],
    next: 'Through the app the user may do again whatever app and user may both do, which is more than before.',
  }).action(async (user: string, appId: string, _options, command: Command) => {
    const { api, output } = await open(command);
    const userId = await findUser(api, user);
    await api.delete(path`/users/${userId}/apps/${appId}`);
    output.done(`${appId} sets no limit for ${user} any more.`, { cleared: { userId, appId } });
  });
}
