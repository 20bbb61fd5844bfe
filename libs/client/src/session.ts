/**
 * `opaque`: the server looks its key up. `tokens`: an access token that any server can judge alone, refreshed by this client.
 * The app's registration decides.
 */
export type SessionKind = 'opaque' | 'tokens';

/** What an app may know of a session that it started; its key, or its tokens, are in the store. */
export interface StartedSession {
  readonly kind: SessionKind;
  /** Until it ends for want of use: of tokens, for want of a refresh. Undefined where the server does not say. */
  readonly expiresInSeconds: number | undefined;
  /** Until it ends whatever happens; undefined where the server does not say. */
  readonly absoluteExpiresInSeconds: number | undefined;
  readonly scopes: readonly string[];
}

/** One of the user's sessions, as `GET /sessions` shows it. Times as in RFC 3339. */
export interface ListedSession {
  readonly id: string;
  readonly appId: string;
  /** Which app it was started through; without a name when there is no such app any more. */
  readonly app: { readonly id: string; readonly name: string | null };
  readonly kind: SessionKind;
  /** As the app called it at sign-in, or what its user agent said of itself. */
  readonly device: string | null;
  /** The block of addresses that its user signed in from, such as `203.0.113.0/24`. */
  readonly startedFrom: string | null;
  /** Separated by spaces. */
  readonly scope: string;
  readonly createdAt: string;
  readonly lastUsedAt: string;
  readonly expiresAt: string;
  /** Whether it is the one that asks. */
  readonly current: boolean;
}
