import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Clock, SecurityProblem, validationFailed } from '../../pipeline/index.js';
import {
  AuditTrail,
  ChangeFeed,
  copyChange,
  Transactions,
  type ActDetails,
  type AuditAction,
} from '../../state/index.js';
import { RevocationRetention } from '../revocations/index.js';
import {
  AppStore,
  type AppChanges,
  type AppRecord,
  type AppSecretRecord,
  type SecretPurpose,
} from './app.store.js';
import { UNLESS_NAMED, type NewApp } from './new-app.js';
import { OfferedSessionKinds } from './offered-session-kinds.js';
import { refuseContradictions } from './refuse-contradictions.js';
import { bytesOf, SecretVault, type MintedSecret } from './secret-vault.js';
import { weakSettingsOf } from './weak-settings.js';

export interface RegisteredAppWithSecrets {
  readonly app: AppRecord;
  /** Readable now and never again. */
  readonly signingSecret?: string;
  readonly clientSecret?: string;
}

export interface Rotation {
  readonly appId: string;
  readonly purpose: SecretPurpose;
  /** How long the secrets that were valid so far go on working; 0 cuts them at once. */
  readonly overlapSeconds: number;
  /** `integrity` alone: base64 of a secret that the attestation service has already. */
  readonly importedSecret?: string | undefined;
}

const ID_BYTES = 16;

function noSuchApp(): SecurityProblem {
  return new SecurityProblem('not_found', { reason: 'no_such_app' });
}

/** Registers apps, changes them, and rotates their secrets. Takes effect on every node at once, or within the bound. */
@Injectable()
export class Apps {
  private readonly logger = new Logger('Portcullis');

  constructor(
    private readonly store: AppStore,
    private readonly vault: SecretVault,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly retention: RevocationRetention,
    private readonly offered: OfferedSessionKinds,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `validation_failed` when the id is taken, for settings that contradict each other, and for sessions of a kind that
   * this application cannot give. A confidential app has a client secret unless it signs client assertions.
   */
  async register({ signing, ...given }: NewApp): Promise<RegisteredAppWithSecrets> {
    this.refuseNotOffered(given);
    const createdAt = new Date(this.clock.now());
    const id = given.id ?? randomBytes(ID_BYTES).toString('base64url');
    const confidential = given.clientType === 'confidential';
    const app: AppRecord = { ...UNLESS_NAMED, ...given, id, suspended: false, createdAt };
    refuseContradictions(app, app);
    return this.transactions.run(async () => {
      if (!(await this.store.insert(app))) throw validationFailed({ id: 'is taken' });
      const forSigning = confidential || signing === true ? await this.mint(app, 'signing') : undefined;
      const hasSecret = confidential && app.clientKeys.length === 0;
      const forClient = hasSecret ? await this.mint(app, 'client') : undefined;
      const minted = [forSigning, forClient].filter((secret) => secret !== undefined);
      await this.record('app.registered', id, {
        clientType: app.clientType,
        scopes: app.scopes,
        secrets: minted.map(({ record }) => ({ secretId: record.id, purpose: record.purpose })),
      });
      // A node may remember that there was no such app.
      await this.announce(id);
      await this.warnOf(app);
      return {
        app,
        ...(forSigning && { signingSecret: forSigning.text }),
        ...(forClient && { clientSecret: forClient.text }),
      };
    });
  }

  list(): Promise<AppRecord[]> {
    return this.store.list();
  }

  /** The app, and its secrets as they rest. Throws `not_found`. */
  async get(id: string): Promise<{ app: AppRecord; secrets: readonly AppSecretRecord[] }> {
    const found = await this.store.find(id);
    if (!found) throw noSuchApp();
    return found;
  }

  /**
   * Throws `not_found`, and `validation_failed` for settings that contradict each other, or sessions of a kind that this
   * application cannot give. An app that is given keys for client assertions loses its client secrets.
   */
  async change(id: string, changes: AppChanges): Promise<AppRecord> {
    this.refuseNotOffered(changes);
    return this.transactions.run(async () => {
      const before = await this.store.find(id);
      const app = await this.store.update(id, changes);
      if (!before || !app) throw noSuchApp();
      refuseContradictions(app, changes);
      const members = Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [name]));
      if (members.length > 0) {
        const { scopes, suspended } = changes;
        const now = { ...(scopes && { scopes }), ...(suspended !== undefined && { suspended }) };
        await this.record('app.changed', id, { members, ...now });
      }
      if (changes.clientKeys && app.clientKeys.length > 0) await this.removeClientSecrets(id);
      await this.announce(id);
      await this.warnOf(app, before.app);
      return app;
    });
  }

  /** Throws `not_found`. Ends the app's sessions with it, and those of none that is registered under its id later. */
  remove(id: string): Promise<void> {
    return this.transactions.run(async () => {
      if (!(await this.store.remove(id))) throw noSuchApp();
      await this.record('app.removed', id);
      const now = this.clock.now();
      await this.changes.record([
        copyChange('app', id, now),
        { kind: 'revoked-app', id, before: new Date(now), expiresAt: this.retention.expiresAt(now) },
      ]);
    });
  }

  /**
   * A new secret, readable now and never again. Throws `not_found`, or `validation_failed` for one that is in use, and for
   * a client secret of a public app, which could not keep it (RFC 6749 §2.1), or of one that signs client assertions.
   */
  rotateSecret({ appId, purpose, overlapSeconds, importedSecret }: Rotation): Promise<MintedSecret> {
    const now = this.clock.now();
    const createdAt = new Date(now);
    return this.transactions.run(async () => {
      if (importedSecret !== undefined) await this.refuseSecretInUse(appId, purpose, importedSecret);
      const minted = this.vault.mint({ appId, purpose, text: importedSecret, createdAt });
      const rotated = await this.store.rotateSecret(minted.record, new Date(now + overlapSeconds * 1000));
      if (!rotated) throw noSuchApp();
      // Now that nobody else can change the app.
      if (purpose === 'client') await this.refuseSecretless(appId);
      await this.record('app-secret.rotated', appId, {
        purpose,
        secretId: minted.record.id,
        overlapSeconds,
        imported: importedSecret !== undefined,
      });
      await this.announce(appId);
      return minted;
    });
  }

  /** Throws `not_found`. */
  removeSecret(key: Pick<AppSecretRecord, 'id' | 'appId' | 'purpose'>): Promise<void> {
    return this.transactions.run(async () => {
      if (!(await this.store.removeSecret(key)))
        throw new SecurityProblem('not_found', { reason: 'no_such_secret' });
      const { id: secretId, appId, purpose } = key;
      await this.record('app-secret.removed', appId, { purpose, secretId });
      await this.announce(appId);
    });
  }

  private async mint({ id: appId, createdAt }: AppRecord, purpose: SecretPurpose): Promise<MintedSecret> {
    const minted = this.vault.mint({ appId, purpose, createdAt });
    await this.store.rotateSecret(minted.record, createdAt);
    return minted;
  }

  private refuseNotOffered({ sessionKind }: AppChanges): void {
    if (sessionKind !== undefined && !this.offered.includes(sessionKind))
      throw validationFailed({ sessionKind: 'expected a kind of session that this application can give' });
  }

  private async refuseSecretless(appId: string): Promise<void> {
    const { app } = await this.get(appId);
    if (app.clientType === 'public') throw validationFailed({ clientType: 'expected a confidential app' });
    if (app.clientKeys.length > 0)
      throw validationFailed({ clientKeys: 'expected none: it authenticates with keys' });
  }

  private async removeClientSecrets(appId: string): Promise<void> {
    const { secrets } = await this.get(appId);
    for (const { id, purpose } of secrets)
      // oxlint-disable-next-line no-await-in-loop -- one connection, one statement at a time
      if (purpose === 'client') await this.removeSecret({ id, appId, purpose });
  }

  /** Of what was not so before. Once it is kept. */
  private warnOf(app: AppRecord, before?: AppRecord): Promise<void> {
    const known = before ? weakSettingsOf(before) : [];
    const weak = weakSettingsOf(app).filter((setting) => !known.includes(setting));
    if (weak.length === 0) return Promise.resolve();
    return this.transactions.afterCommit(async () =>
      this.logger.warn(`app ${app.id} is now allowed ${weak.join('; and ')}`),
    );
  }

  /** What signs requests must not also sign tokens: whoever sees one used could use it as the other. */
  private async refuseSecretInUse(appId: string, purpose: SecretPurpose, text: string): Promise<void> {
    const { secrets } = await this.get(appId);
    const now = this.clock.now();
    const live = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt.getTime() > now);
    if (this.vault.isKept(bytesOf(purpose, text), live) || this.vault.isKept(Buffer.from(text, 'utf8'), live))
      throw validationFailed({ secret: 'is in use already' });
  }

  private record(action: AuditAction, id: string, details: ActDetails = {}): Promise<void> {
    return this.audit.record({ action, subject: { kind: 'app', id }, details });
  }

  private announce(id: string): Promise<void> {
    return this.changes.record([copyChange('app', id, this.clock.now())]);
  }
}
