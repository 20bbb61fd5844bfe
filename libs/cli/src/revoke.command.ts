import { Option, type Command } from 'commander';
import type { Row } from './admin-api.js';
import { userIdOf, type NamedUser } from './find-user.js';
import { teach } from './lesson.js';
import { momentOf } from './moment.js';
import { appArgument, byIdOption, given, userArgument, yesOption } from './options.js';
import { UsageMistake } from './usage-mistake.js';
import type { OpenWorkplace, Workplace } from './workplace.js';

interface Choices extends NamedUser {
  readonly before?: string;
  readonly yes?: boolean;
}

/** Whoever pastes the token itself would have it written into the audit trail. */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const SOON = 'at once on the node that answered, on the others within a minute';

/** Read before the server is asked anything. */
function beforeOf({ before }: Choices): string | undefined {
  return momentOf('--before', before);
}

function beforeOption(): Option {
  return new Option(
    '--before <time>',
    'only what was begun before: 2026-01-31T12:00:00Z, or how long ago: 2d; up to now unless given',
  );
}

/** Has it revoked, and says so. */
async function revoke({ api, output }: Workplace, target: Row, sentence: string): Promise<void> {
  output.done(sentence, await api.post('/revocations', target));
}

export function addRevokeCommands(program: Command, open: OpenWorkplace): void {
  const commands = program
    .command('revoke')
    .description('have tokens and sessions refused on every node: token, session, user, app, all');
  addToken(commands, open);
  addSession(commands, open);
  addUser(commands, open);
  addApp(commands, open);
  addAll(commands, open);
}

function addToken(commands: Command, open: OpenWorkplace): void {
  const token = commands
    .command('token')
    .argument('<jti>', 'the jti of the access token, never the token itself')
    .description('revoke one access token');
  teach(token, {
    examples: ['revoke token 4Nn2Zq0yW8kq3uYw1m0c5A'],
    next: `The token is refused: ${SOON}. Its session goes on, and so do its refresh tokens: portcullis revoke session ends them. A token of another issuer is refused here, and nowhere else.`,
  }).action(async (jti: string, _options, command: Command) => {
    if (JWT.test(jti)) throw new UsageMistake('That is a token: expected its jti, which is no secret');
    await revoke(await open(command), { jti }, 'The token is revoked.');
  });
}

function addSession(commands: Command, open: OpenWorkplace): void {
  const session = commands
    .command('session')
    .argument('<session>', 'the id, as sessions list names it: the sid of its tokens')
    .description('revoke one session, with every token of it');
  teach(session, {
    examples: ['revoke session Zk9qXw1p'],
    next: `Its key, its access tokens and its refresh tokens are refused: ${SOON}. A session that is not there any more is revoked all the same, for tokens of it may be. The user can sign in again.`,
  }).action(async (familyId: string, _options, command: Command) => {
    await revoke(await open(command), { familyId }, 'The session is revoked.');
  });
}

function addUser(commands: Command, open: OpenWorkplace): void {
  const user = commands
    .command('user')
    .addArgument(userArgument())
    .description('revoke all that a user has begun')
    .addOption(beforeOption())
    .addOption(byIdOption())
    .addOption(yesOption());
  teach(user, {
    examples: ['revoke user ada', 'revoke user ada --before 2026-01-31T12:00:00Z --yes'],
    next: `The user is signed out everywhere, and tokens of another issuer are refused as well: ${SOON}. They can sign in again: portcullis users suspend keeps them out.`,
  }).action(async (name: string, options: Choices, command: Command) => {
    const before = beforeOf(options);
    const workplace = await open(command);
    const userId = await userIdOf(workplace.api, name, options);
    await workplace.terminal.confirm(`This signs ${name} out everywhere.`, options);
    await revoke(workplace, { userId, ...given({ before }) }, `What ${name} had begun is revoked.`);
  });
}

function addApp(commands: Command, open: OpenWorkplace): void {
  const app = commands
    .command('app')
    .addArgument(appArgument())
    .description('revoke all that users have begun through an app')
    .addOption(beforeOption())
    .addOption(yesOption());
  teach(app, {
    examples: ['revoke app bank-ios', 'revoke app bank-ios --before 2h --yes'],
    next: `Every user of the app is signed out of it: ${SOON}. They can sign in again: portcullis apps suspend keeps the app out. Without --before a sign-in of the next two seconds is revoked as well, for the clocks of nodes differ.`,
  }).action(async (appId: string, options: Choices, command: Command) => {
    const before = beforeOf(options);
    const workplace = await open(command);
    await workplace.terminal.confirm(`This signs every user out of ${appId}.`, options);
    const sentence = `What was begun through ${appId} is revoked.`;
    await revoke(workplace, { appId, ...given({ before }) }, sentence);
  });
}

function addAll(commands: Command, open: OpenWorkplace): void {
  const all = commands
    .command('all')
    .description('revoke all that anybody has begun')
    .addOption(beforeOption())
    .addOption(yesOption());
  teach(all, {
    examples: ['revoke all', 'revoke all --before 2026-01-31T12:00:00Z --yes'],
    next: `Every user of every app is signed out: ${SOON}. All of them will sign in again, many at the same moment. Without --before a sign-in of the next two seconds is revoked as well, for the clocks of nodes differ.`,
  }).action(async (options: Choices, command: Command) => {
    const before = beforeOf(options);
    const workplace = await open(command);
    await workplace.terminal.confirm('This signs every user out of every app.', options);
    await revoke(workplace, { all: true, ...given({ before }) }, 'What anybody had begun is revoked.');
  });
}
