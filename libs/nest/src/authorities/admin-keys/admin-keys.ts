import { Injectable } from '@nestjs/common';
import { formatOpaqueKey, KeyRing, newOpaqueKey } from '../../crypto/index.js';
import { Clock, SecurityProblem } from '../../pipeline/index.js';
import { AuditTrail, ChangeFeed, copyChange, Transactions, type ActingParty } from '../../state/index.js';
import { ADMIN_SECRET } from './admin-key-directory.js';
import { adminKeyInvalid, adminScopeMissing } from './admin-keys.problems.js';
import { AdminKeyStore, type AdminKeyRecord } from './admin-key.store.js';
import type { AdminScope } from './admin-scope.js';

/** Who holds an administration key, and what it may do. */
export interface AdminKeyHolder {
  readonly party: ActingParty;
  readonly scopes: readonly AdminScope[];
}

export interface NewAdminKey {
  readonly name: string;
  readonly scopes: readonly AdminScope[];
  readonly expiresInSeconds: number;
  /** Gives away no more than they have. */
  readonly maker: AdminKeyHolder;
}

/** Everything about an administration key but the hash of its secret. */
export type AdminKey = Omit<AdminKeyRecord, 'secretHash'>;

export interface CreatedAdminKey {
  /** Readable now and never again. */
  readonly text: string;
  readonly key: AdminKey;
}

function withoutHash({ id, name, scopes, createdAt, expiresAt }: AdminKeyRecord): AdminKey {
  return { id, name, scopes, createdAt, expiresAt };
}

/** Makes and revokes named administration keys, on every node. */
@Injectable()
export class AdminKeys {
  constructor(
    private readonly store: AdminKeyStore,
    private readonly keyRing: KeyRing,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws `insufficient_scope` for a scope that the maker does not have, and `admin_key_invalid` when the maker has been
   * revoked, of which this node may not have heard yet.
   */
  async create({ name, scopes, expiresInSeconds, maker }: NewAdminKey): Promise<CreatedAdminKey> {
    const missing = scopes.filter((scope) => !maker.scopes.includes(scope));
    if (missing.length > 0) throw adminScopeMissing(missing);
    const { id, secret } = newOpaqueKey();
    const now = this.clock.now();
    const key: AdminKey = {
      id,
      name,
      scopes,
      createdAt: new Date(now),
      expiresAt: new Date(now + expiresInSeconds * 1000),
    };
    await this.transactions.run(async () => {
      const { party } = maker;
      // A stolen key must not live on in one that it makes while its revocation is on the way.
      if (party.kind === 'admin-key' && !(await this.store.hold(party.id)))
        throw adminKeyInvalid('admin_key_revoked');
      await this.store.insert({ ...key, secretHash: this.keyRing.keyedHash(ADMIN_SECRET, secret) });
      await this.audit.record({
        action: 'admin-key.created',
        subject: { kind: 'admin-key', id },
        details: { name, scopes, expiresAt: key.expiresAt.toISOString() },
      });
    });
    return { text: formatOpaqueKey({ id, secret }), key };
  }

  /** Newest first, expired ones included. */
  async list(): Promise<AdminKey[]> {
    return (await this.store.list()).map(withoutHash);
  }

  /** Throws `not_found`. */
  revoke(id: string): Promise<void> {
    return this.transactions.run(async () => {
      const key = await this.store.remove(id);
      if (!key) throw new SecurityProblem('not_found', { reason: 'no_such_admin_key' });
      const { name, scopes } = key;
      await this.audit.record({
        action: 'admin-key.revoked',
        subject: { kind: 'admin-key', id },
        details: { name, scopes },
      });
      await this.changes.record([copyChange('admin-key', id, this.clock.now())]);
    });
  }
}
