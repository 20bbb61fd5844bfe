import type { Command } from 'commander';
import { path } from './admin-api.js';
import { userIdOf, type NamedUser } from './find-user.js';
import { teach } from './lesson.js';
import { byIdOption, userArgument, yesOption } from './options.js';
import type { Column } from './output.js';
import type { OpenWorkplace } from './workplace.js';

const COLUMNS: readonly Column[] = [
  ['SESSION', 'id'],
  ['APP', 'appId'],
  ['KIND', 'kind'],
  ['DEVICE', 'device'],
  ['FROM', 'startedFrom'],
  ['SCOPES', 'scopes'],
  ['STARTED', 'createdAt'],
  ['LAST USED', 'lastUsedAt'],
  ['EXPIRES', 'expiresAt'],
];
function ofUser(id: string): string {
  return `/sessions?userId=${encodeURIComponent(id)}`;
}

export function addSessionsCommands(program: Command, open: OpenWorkplace): void {
  const sessions = program.command('sessions').description("users' sessions: list, end");
  addList(sessions, open);
  addEnd(sessions, open);
  addEndAll(sessions, open);
}

function addList(sessions: Command, open: OpenWorkplace): void {
  const list = sessions
    .command('list')
    .addArgument(userArgument())
    .addOption(byIdOption())
    .description("list a user's live sessions");
  teach(list, {
    examples: ['sessions list ada'],
    next: 'Nothing changes. The id names a session and does not open it.',
  }).action(async (user: string, options: NamedUser, command: Command) => {
    const { api, output } = await open(command);
    const id = await userIdOf(api, user, options);
    output.list(await api.list(ofUser(id)), COLUMNS, 'The user has no sessions.');
  });
}

function addEnd(sessions: Command, open: OpenWorkplace): void {
  const end = sessions
    .command('end')
    .argument('<session>', 'the id, as sessions list names it')
    .description('end one session');
  teach(end, {
    examples: ['sessions end Zk9qXw1p'],
    next: 'Its key, or its tokens, are refused: at once on the node that answered, on the others within a minute. The user can sign in again: portcullis users suspend keeps them out.',
  }).action(async (session: string, _options, command: Command) => {
    const { api, output } = await open(command);
    await api.delete(path`/sessions/${session}`);
    output.done('The session is ended.', { ended: session });
  });
}

function addEndAll(sessions: Command, open: OpenWorkplace): void {
  const endAll = sessions
    .command('end-all')
    .addArgument(userArgument())
    .description("end all of a user's sessions");
  teach(endAll.addOption(byIdOption()).addOption(yesOption()), {
    examples: ['sessions end-all ada', 'sessions end-all ada --yes'],
    next: 'The user is signed out everywhere: at once on the node that answered, on the others within a minute. They can sign in again.',
  }).action(async (user: string, options: NamedUser & { yes?: boolean }, command: Command) => {
    const { api, output, terminal } = await open(command);
    const userId = await userIdOf(api, user, options);
    await terminal.confirm(`This signs ${user} out everywhere.`, options);
    await api.delete(ofUser(userId));
    output.done(`${user} is signed out everywhere.`, { endedAllOf: userId });
  });
}
