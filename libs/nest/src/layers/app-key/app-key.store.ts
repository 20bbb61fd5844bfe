/** An app as the registry knows it. */
export interface RegisteredApp {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly suspended: boolean;
}

/** The app registry, as far as this layer asks. On the hot path: an adapter answers from memory when it can. */
export abstract class AppRegistry {
  /** Compares ids byte by byte. Throws when it cannot know; undefined means that there is no such app. */
  abstract find(appId: string): RegisteredApp | undefined | Promise<RegisteredApp | undefined>;
}
