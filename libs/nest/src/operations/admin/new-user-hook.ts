/** What a host does for every new user, in the transaction that registers the user: opens an account, say. */
export abstract class NewUserHook {
  /** Members to add to the answer. What it throws undoes the registration. */
  abstract onNewUser(userId: string): Promise<Readonly<Record<string, unknown>>>;
}

/** For a host that has nothing to do. */
export class NothingForNewUsers extends NewUserHook {
  override async onNewUser(): Promise<Readonly<Record<string, unknown>>> {
    return {};
  }
}
