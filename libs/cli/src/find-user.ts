import type { AdminApi } from './admin-api.js';
import { CliError, EXIT } from './cli-error.js';

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** How a user was named. */
export interface NamedUser {
  readonly byId?: boolean;
}

/** The id of a user who is named by it with `--by-id`, or as `findUser` takes them. */
export async function userIdOf(api: AdminApi, user: string, { byId }: NamedUser): Promise<string> {
  return byId === true ? user : findUser(api, user);
}

/** The id of a user who is named by it, or by the username in any spelling under which they could sign in. */
export async function findUser(api: AdminApi, idOrUsername: string): Promise<string> {
  if (UUID.test(idOrUsername)) return idOrUsername;
  const key = keyOf(idOrUsername);
  const users = await api.list('/users');
  const found = users.find(({ username }) => typeof username === 'string' && keyOf(username) === key);
  if (typeof found?.['id'] === 'string') return found['id'];
  throw new CliError('There is no user of that name', {
    exitCode: EXIT.refused,
    code: 'not_found',
    advice: 'portcullis users list says who there is.',
  });
}

function keyOf(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}
