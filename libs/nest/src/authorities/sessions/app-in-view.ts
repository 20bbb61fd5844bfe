import type { CallerFacts } from '../../pipeline/index.js';
import type { SessionOptions } from './session.options.js';

/**
 * The one app that a caller's view of its user is of; undefined: it is of every app. Otherwise each app to which a user has
 * given a token could look at what the user has elsewhere, and end it.
 */
export function appInView(
  { app, user }: Pick<CallerFacts, 'app' | 'user'>,
  { allAppsScope }: Pick<SessionOptions, 'allAppsScope'>,
): string | undefined {
  if (allAppsScope === undefined) return undefined;
  // Effective scopes are looked for by plans that name some, which the user's own view does not.
  const holders = [app?.scopes, user?.scopes, user?.granted];
  if (holders.every((scopes) => scopes?.includes(allAppsScope))) return undefined;
  // No app has an empty id: then nothing is in view.
  return user?.clientId ?? '';
}
