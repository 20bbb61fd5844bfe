/** A user who can sign in, as whoever keeps users knows them now. */
export interface UserAccount {
  /** 1 to 256 characters without control characters; never given to another user. */
  readonly id: string;
  readonly username: string | undefined;
  readonly scopes: readonly string[];
  /** A `Map`: what the user may do through an app, by app id; an app that is not there sets no limit of its own. */
  readonly scopesByApp?: ReadonlyMap<string, readonly string[]>;
  /** Another one whenever the password changes (its hash, say): what was checked against the old one starts no session. Never shown. */
  readonly credentialVersion: string;
}

const ID = /^[^\p{Cc}\p{Cs}]{1,256}$/u;

/**
 * Who can sign in. A host that keeps its users in a table of its own extends this and hands it over as `users`; otherwise
 * users are kept in `stores`. Methods throw when they cannot know: the caller is then answered 503.
 */
export abstract class UserAccounts {
  /**
   * The account of a username and its password. Undefined for a wrong password, an unknown user and a suspended one
   * alike, and takes equally long for each: hash the password against something in any case.
   */
  abstract authenticate(username: string, password: string): Promise<UserAccount | undefined>;
  /**
   * An id in the one spelling in which it is kept: under another, nobody's sessions would be ended. Undefined for text that
   * can be nobody's id.
   */
  readId(text: string): string | undefined {
    return ID.test(text) ? text : undefined;
  }

  /** The account, or undefined when there is none or it is suspended. Asked at a node's first sight, and when its copy is old. */
  abstract find(id: string): Promise<UserAccount | undefined>;

  /**
   * Whether the account is still as it was when the password was checked. Asked in the transaction that starts a
   * session: where accounts are in the same database, ask through `TypeOrmTransactions`, and lock the row, so that a
   * change waits.
   */
  async isStill({ id, credentialVersion }: UserAccount): Promise<boolean> {
    return (await this.find(id))?.credentialVersion === credentialVersion;
  }
}
