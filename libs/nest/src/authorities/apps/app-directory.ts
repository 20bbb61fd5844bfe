import { AppRegistry, type RegisteredApp } from '../../layers/app-key/index.js';
import { IntegritySecrets, type IntegritySecret } from '../../layers/app-integrity/index.js';
import { SigningSecrets, type SigningSecret } from '../../layers/request-signature/index.js';
import type { Clock } from '../../pipeline/index.js';
import { FreshCache, type ChangeFeed } from '../../state/index.js';
import type { AppPolicies, AppPolicy } from './app-policies.js';
import type { AppSecretRecord, AppStore, AppWithSecrets } from './app.store.js';
import type { ClientApp, ClientApps, ClientWithSecrets } from './client-apps.js';
import type { SecretVault } from './secret-vault.js';

/** Secrets of one purpose, newest first, each until its overlap ends. */
class LiveSecrets<S> {
  private readonly all: readonly S[];
  private readonly firstEnd: number;

  constructor(private readonly secrets: readonly { readonly secret: S; readonly endsAt: number }[]) {
    this.all = secrets.map(({ secret }) => secret);
    this.firstEnd = Math.min(Infinity, ...secrets.map(({ endsAt }) => endsAt));
  }

  at(now: number): readonly S[] {
    if (now < this.firstEnd) return this.all;
    return this.secrets.filter(({ endsAt }) => now < endsAt).map(({ secret }) => secret);
  }
}

interface Entry {
  readonly app: RegisteredApp;
  readonly policy: AppPolicy;
  readonly client: ClientApp;
  readonly clientSecretHashes: LiveSecrets<string>;
  readonly signing: LiveSecrets<SigningSecret>;
  readonly integrity: LiveSecrets<IntegritySecret>;
}

export interface AppDirectoryParts {
  readonly store: AppStore;
  readonly vault: SecretVault;
  readonly changes: ChangeFeed;
  readonly clock: Clock;
  readonly maxAgeMs: number;
  readonly capacity: number;
}

/**
 * The registered apps as the layers ask for them: their keys opened and built once, at a node's first sight of the app.
 * What changes is dropped when it is announced, and read again in any case once it is `maxAgeMs` old.
 */
export class AppDirectory extends AppRegistry {
  readonly signingSecrets: SigningSecrets;
  readonly integritySecrets: IntegritySecrets;
  readonly policies: AppPolicies;
  readonly clients: ClientApps;
  private readonly entries: FreshCache<Entry>;

  constructor(private readonly parts: AppDirectoryParts) {
    super();
    const { store, changes, clock, maxAgeMs, capacity } = parts;
    this.entries = new FreshCache({
      clock,
      maxAgeMs,
      capacity,
      load: async (id) => {
        const found = await store.find(id);
        return found && this.entryOf(found);
      },
    });
    changes.listen((announced) => {
      if (announced === 'everything') this.entries.clear();
      else if (announced.kind === 'app') this.entries.drop(announced.id);
    });
    this.signingSecrets = { of: (appId) => this.pick(appId, (entry) => entry.signing) };
    this.integritySecrets = { of: (appId) => this.pick(appId, (entry) => entry.integrity) };
    this.policies = {
      of: (appId) => {
        const entry = this.entries.get(appId);
        return entry instanceof Promise ? entry.then((found) => found?.policy) : entry?.policy;
      },
    };
    const clientOf = (entry: Entry | undefined) => entry && this.clientOf(entry);
    this.clients = {
      find: (appId) => {
        const entry = this.entries.get(appId);
        return entry instanceof Promise ? entry.then(clientOf) : clientOf(entry);
      },
    };
  }

  override find(appId: string): RegisteredApp | undefined | Promise<RegisteredApp | undefined> {
    const entry = this.entries.get(appId);
    return entry instanceof Promise ? entry.then((found) => found?.app) : entry?.app;
  }

  private pick<S>(
    appId: string,
    secretsOf: (entry: Entry) => LiveSecrets<S>,
  ): readonly S[] | Promise<readonly S[]> {
    const live = (entry: Entry | undefined) => (entry ? secretsOf(entry).at(this.parts.clock.now()) : []);
    const entry = this.entries.get(appId);
    return entry instanceof Promise ? entry.then(live) : live(entry);
  }

  private clientOf({ client, clientSecretHashes }: Entry): ClientWithSecrets {
    return { app: client, secretHashes: clientSecretHashes.at(this.parts.clock.now()) };
  }

  private entryOf({ app, secrets }: AppWithSecrets): Entry {
    const { vault } = this.parts;
    const { id, name, scopes, suspended, sessionKind, grantTypes, dpopBoundAccessTokens } = app;
    const now = this.parts.clock.now();
    const live = secrets.filter((record) => endOf(record) > now);
    const of = (purpose: AppSecretRecord['purpose']) => live.filter((record) => record.purpose === purpose);
    return {
      app: Object.freeze({ id, name, scopes: Object.freeze([...scopes]), suspended }),
      policy: Object.freeze({ name, sessionKind, grantTypes, dpopBoundAccessTokens }),
      client: Object.freeze({ ...app, scopes: Object.freeze([...scopes]) }),
      clientSecretHashes: new LiveSecrets(
        of('client').map((record) => ({ secret: record.hash as string, endsAt: endOf(record) })),
      ),
      signing: new LiveSecrets(
        of('signing').map((record) => ({ secret: vault.signingSecret(record), endsAt: endOf(record) })),
      ),
      integrity: new LiveSecrets(
        of('integrity').map((record) => ({ secret: vault.integritySecret(record), endsAt: endOf(record) })),
      ),
    };
  }
}

function endOf({ expiresAt }: AppSecretRecord): number {
  return expiresAt?.getTime() ?? Infinity;
}
