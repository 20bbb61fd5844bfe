import { Injectable } from '@nestjs/common';
import { decodeBase64 } from '@portcullis/wire';
import { Clock, SecurityProblem, validationFailed } from '../../pipeline/index.js';
import { AuditTrail, ChangeFeed, copyChange, THE_HOST, Transactions, type Act } from '../../state/index.js';
import { signingAt, stateAt, verifiesUntilMs, type KeyState } from './key-schedule.js';
import { SigningKeyStore, type SigningKeyRecord } from './signing-key.store.js';
import { SigningKeyVault } from './signing-key-vault.js';
import { TokenOptions } from './token.options.js';

/** Everything about a signing key but what it signs with. */
export interface SigningKey extends Omit<SigningKeyRecord, 'sealed'> {
  readonly state: KeyState;
  /** Null while no other key follows it. */
  readonly verifiesUntil: Date | null;
}

export interface KeyToPublish {
  /** How long it is published before it signs; `signingKeyLeadSeconds` unless it is given. */
  readonly leadSeconds?: number | undefined;
  /** HS256 alone: base64 of a secret, of at least 32 bytes, that others have already. */
  readonly secret?: string | undefined;
}

export interface PublishedSigningKey {
  readonly key: SigningKey;
  /** HS256 alone: base64 of what those who share it verify with. Readable now and never again. */
  readonly secret?: string;
}

const SHORTEST_SECRET_BYTES = 32;
const LONGEST_SECRET_BYTES = 256;
const MOST_KEYS = 32;

type Initiative = Pick<Act, 'by'>;

interface NewKey {
  readonly leadMs: number;
  readonly secret?: Uint8Array | undefined;
  readonly initiative?: Initiative;
}

/** The ring of keys that access tokens are signed with. What changes takes effect on every node at once, or within the bound. */
@Injectable()
export class SigningKeys {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly vault: SigningKeyVault,
    private readonly transactions: Transactions,
    private readonly changes: ChangeFeed,
    private readonly audit: AuditTrail,
    private readonly options: TokenOptions,
    private readonly clock: Clock,
  ) {}

  /** The one that signs last first. */
  async list(): Promise<SigningKey[]> {
    const ring = await this.store.list();
    return ring.map((record) => this.described(record, ring));
  }

  /**
   * A new key: published at once, signing after the lead, or at once where no other can. Throws `validation_failed` for
   * a secret that is none, is in use or is for ES256, and when there are 32 keys.
   */
  publish({ leadSeconds, secret }: KeyToPublish = {}): Promise<PublishedSigningKey> {
    const leadMs = leadSeconds === undefined ? this.options.signingKeyLeadMs : leadSeconds * 1000;
    if (!Number.isFinite(leadMs) || leadMs < 0)
      throw validationFailed({ leadSeconds: 'expected seconds, 0 or more' });
    const bytes = secret === undefined ? undefined : this.secretOf(secret);
    return this.change(async (ring) => {
      if (ring.length >= MOST_KEYS)
        throw validationFailed({ keys: `expected fewer than ${MOST_KEYS} before another is published` });
      if (bytes && this.isInRing(bytes, ring)) throw validationFailed({ secret: 'is in use already' });
      const isAnyInUse = ring.some((key) => this.opens(key));
      const record = await this.add(ring, { leadMs: isAnyInUse ? leadMs : 0, secret: bytes });
      return this.published(record);
    });
  }

  /**
   * For a key that others may know: nothing that it signed is accepted from now on. Where it was the one that signs, one that
   * waits takes over, or a new one, which is answered with. Throws `not_found`.
   */
  drop(kid: string): Promise<{ readonly successor?: PublishedSigningKey }> {
    return this.change(async (ring) => {
      const dropped = ring.find((key) => key.kid === kid);
      if (!dropped) throw new SecurityProblem('not_found', { reason: 'no_such_signing_key' });
      const wasSigning = signingAt(ring, this.clock.now()) === dropped;
      await this.remove(dropped);
      const rest = ring.filter((key) => key !== dropped);
      return wasSigning ? { successor: await this.succeed(rest) } : {};
    });
  }

  /** The key that signs where there is one, and otherwise a new one: of several nodes one makes it. */
  makeFirst(): Promise<SigningKeyRecord> {
    return this.change(
      async (ring) =>
        signingAt(ring, this.clock.now()) ??
        (await this.add(ring, { leadMs: 0, initiative: { by: THE_HOST } })),
    );
  }

  /**
   * Publishes the next key where the last has signed for long enough, or is for another algorithm than is wanted now. Only ES256
   * keys are made: whoever shares a secret has to be told. Whether it did.
   */
  rotateIfDue(now: Date): Promise<boolean> {
    const { algorithm, signingKeyLeadMs: leadMs, rotateSigningKeysEveryMs } = this.options;
    if (algorithm !== 'ES256') return Promise.resolve(false);
    return this.change(async (ring) => {
      const [last] = ring;
      if (!last || last.signsFrom > now) return false;
      const dueMs = last.signsFrom.getTime() + rotateSigningKeysEveryMs - leadMs;
      if (last.algorithm === algorithm && now.getTime() < dueMs) return false;
      await this.add(ring, { leadMs, initiative: { by: THE_HOST } });
      return true;
    });
  }

  /** Removes keys of which nothing that they signed can be alive any more; how many. */
  removeRetired(now: Date): Promise<number> {
    return this.change(async (ring) => {
      const retired = ring.filter((_, index) => this.verifiesUntilMs(ring, index) <= now.getTime());
      // oxlint-disable-next-line no-await-in-loop -- one transaction, one connection
      for (const key of retired) await this.remove(key, { by: THE_HOST });
      return retired.length;
    });
  }

  private change<T>(work: (ring: readonly SigningKeyRecord[]) => Promise<T>): Promise<T> {
    return this.transactions.run(async () => {
      await this.store.lock();
      return work(await this.store.list());
    });
  }

  private async add(ring: readonly SigningKeyRecord[], wanted: NewKey): Promise<SigningKeyRecord> {
    const { leadMs, secret, initiative } = wanted;
    const now = this.clock.now();
    const createdAt = new Date(now);
    const signsFrom = this.afterTheLastOf(ring, now + leadMs);
    const { algorithm } = this.options;
    const record = this.vault.mint({ algorithm, secret, createdAt, signsFrom });
    await this.store.insert(record);
    await this.record('signing-key.published', record, initiative);
    return record;
  }

  /** Not before the key that signs now, even where that was made by a clock that is ahead: it would go on signing. */
  private afterTheLastOf(ring: readonly SigningKeyRecord[], wantedMs: number): Date {
    const latestMs = this.clock.now() + 2 * this.options.skewSeconds * 1000;
    const signing = ring.find(({ signsFrom }) => signsFrom.getTime() <= latestMs);
    return new Date(Math.max(wantedMs, signing ? signing.signsFrom.getTime() + 1 : 0));
  }

  private async remove(key: SigningKeyRecord, initiative?: Initiative): Promise<void> {
    await this.store.remove(key.kid);
    await this.record('signing-key.dropped', key, initiative);
  }

  /** A key that waits and opens signs from now on; where none does, a new one. */
  private async succeed(ring: readonly SigningKeyRecord[]): Promise<PublishedSigningKey> {
    const now = this.clock.now();
    const next = ring.findLast((key) => key.signsFrom.getTime() > now && this.opens(key));
    if (!next) return this.published(await this.add(ring, { leadMs: 0 }));
    const others = ring.filter((key) => key !== next);
    const promoted = { ...next, signsFrom: this.afterTheLastOf(others, now) };
    await this.store.setSignsFrom(next.kid, promoted.signsFrom);
    await this.record('signing-key.published', promoted);
    // Whoever shares its secret was told when it was published.
    return { key: (await this.published(promoted)).key };
  }

  private async record(
    action: 'signing-key.published' | 'signing-key.dropped',
    { kid, algorithm, signsFrom }: SigningKeyRecord,
    initiative?: Initiative,
  ): Promise<void> {
    await this.audit.record({
      action,
      subject: { kind: 'signing-key', id: kid },
      details: { algorithm, signsFrom: signsFrom.toISOString() },
      ...initiative,
    });
    await this.changes.record([copyChange('signing-key', kid, this.clock.now())]);
  }

  private async published(record: SigningKeyRecord): Promise<PublishedSigningKey> {
    const key = (await this.list()).find(({ kid }) => kid === record.kid) as SigningKey;
    return record.algorithm === 'HS256'
      ? { key, secret: this.vault.secretOf(record).toString('base64') }
      : { key };
  }

  private described(record: SigningKeyRecord, ring: readonly SigningKeyRecord[]): SigningKey {
    const { sealed: _, ...shown } = record;
    const now = this.clock.now();
    const untilMs = this.verifiesUntilMs(ring, ring.indexOf(record));
    const verifiesUntil = Number.isFinite(untilMs) ? new Date(untilMs) : null;
    return { ...shown, state: stateAt(record, { ring, nowMs: now, untilMs }), verifiesUntil };
  }

  private verifiesUntilMs(ring: readonly SigningKeyRecord[], index: number): number {
    return verifiesUntilMs(ring, index, this.options.keyOutlivesItsUseMs);
  }

  private secretOf(text: string): Uint8Array {
    if (this.options.algorithm !== 'HS256')
      throw validationFailed({ secret: 'expected none: ES256 keys are made here' });
    const bytes = decodeBase64(text);
    if (!bytes || bytes.byteLength < SHORTEST_SECRET_BYTES || bytes.byteLength > LONGEST_SECRET_BYTES)
      throw validationFailed({ secret: 'expected base64 of 32 to 256 bytes' });
    return bytes;
  }

  private isInRing(secret: Uint8Array, ring: readonly SigningKeyRecord[]): boolean {
    return ring.some(
      (key) => key.algorithm === 'HS256' && this.opens(key) && this.vault.secretOf(key).equals(secret),
    );
  }

  private opens(key: SigningKeyRecord): boolean {
    try {
      this.vault.open(key);
      return true;
    } catch {
      return false;
    }
  }
}
