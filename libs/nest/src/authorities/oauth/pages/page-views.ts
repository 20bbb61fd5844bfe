/** The languages that every text of the pages exists in. */
export type Language = 'en' | 'de';

/** What the page for signing in shows. */
export interface SignInView {
  readonly language: Language;
  /** As the app was registered: whoever registered it chose it. */
  readonly appName: string;
  /** Where the form is posted to: an absolute or rooted URL of this server. */
  readonly action: string;
  /** Opaque text for the hidden field `interaction`. */
  readonly interaction: string;
  /** What was entered before a failure. The password never comes back. */
  readonly username?: string;
  /** `wrong`: not this username with this password; `wait`: too many attempts; `again`: it cannot be known at the moment. */
  readonly failure?: 'wrong' | 'wait' | 'again';
  /** How long `wait` lasts. Left out, no time is named. */
  readonly retryAfterSeconds?: number;
}

/** What the page that asks for consent shows. */
export interface ConsentView {
  readonly language: Language;
  /** As the app was registered: whoever registered it chose it. */
  readonly appName: string;
  readonly username: string;
  /** The resource server that the scopes are of; left out where there is only one. */
  readonly resourceName?: string;
  /** What is asked for: `words` are shown, and `name` where there are none. */
  readonly scopes: readonly { readonly name: string; readonly words: string }[];
  /** Where the form is posted to: an absolute or rooted URL of this server. */
  readonly action: string;
  /** Opaque text for the hidden field `interaction`. */
  readonly interaction: string;
  /** Where the browser goes afterwards, in words. */
  readonly redirectHost: string;
}

/** What a page shows that ends the way: it has no form, and leads nowhere. */
export interface ErrorView {
  readonly language: Language;
  /**
   * `client`: there is no such app; `redirect`: the redirect URI is not registered; `request`: malformed; `expired`: the
   * interaction is too old; `unavailable`: a store is away; `used`: the interaction was answered already.
   */
  readonly kind: 'client' | 'redirect' | 'request' | 'expired' | 'unavailable' | 'used';
  /** By which the log's line is found. */
  readonly requestId: string;
}
