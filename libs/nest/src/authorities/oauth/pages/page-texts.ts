import type { Html } from './html.js';
import type { ErrorView } from './page-views.js';

export interface SignInTexts {
  readonly heading: string;
  /** Before the title of a page that shows a failure, since a title is what is read out first. */
  readonly titleAfterFailure: string;
  readonly lead: (app: Html) => Html;
  readonly username: string;
  readonly password: string;
  readonly signIn: string;
  readonly cancel: string;
  readonly passwordStaysHere: (app: Html) => Html;
  readonly wrong: string;
  readonly again: string;
  readonly wait: string;
  /** `when` is like "in 5 minutes". */
  readonly waitUntil: (when: string) => string;
}

export interface ConsentTexts {
  readonly title: string;
  readonly heading: (app: Html) => Html;
  readonly signedInAs: (username: Html) => Html;
  readonly asks: (app: Html) => Html;
  readonly asksAt: (app: Html, resource: Html) => Html;
  readonly asksForNothing: (app: Html) => Html;
  readonly afterwards: (host: Html) => Html;
  readonly caution: string;
  readonly allow: string;
  readonly deny: string;
}

export interface ErrorTexts {
  readonly heading: string;
  readonly what: string;
  readonly next: string;
}

/** Every text of the pages, in one language. */
export interface PageTexts {
  readonly signIn: SignInTexts;
  readonly consent: ConsentTexts;
  readonly errors: Readonly<Record<ErrorView['kind'], ErrorTexts>>;
  /** Stands before a request's id. */
  readonly reference: string;
  /** For an app that has no name which could be shown. */
  readonly namelessApp: string;
}
