import type { AppRecord } from './app.store.js';

/** How an app's users are signed in. */
export type AppPolicy = Pick<AppRecord, 'name' | 'sessionKind' | 'grantTypes' | 'dpopBoundAccessTokens'>;

/** What authorities ask about an app that has been admitted. On the way of every sign-in: an adapter answers from memory when it can. */
export abstract class AppPolicies {
  /** Undefined when there is no such app. Throws when it cannot know. */
  abstract of(appId: string): AppPolicy | undefined | Promise<AppPolicy | undefined>;
}
