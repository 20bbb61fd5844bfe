import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { JwsKey, JwsSigningKey } from '../../crypto/index.js';
import { Clock } from '../../pipeline/index.js';
import { ChangeFeed, type Announced } from '../../state/index.js';
import { signingAt, verifyingAt } from './key-schedule.js';
import { SigningKeyStore, type SigningKeyRecord } from './signing-key.store.js';
import { SigningKeyVault, type OpenedSigningKey, type PublishedJwk } from './signing-key-vault.js';
import { TokenOptions } from './token.options.js';

interface CopiedKey extends OpenedSigningKey {
  readonly kid: string;
  readonly signsFrom: Date;
  readonly sealed: Uint8Array;
}

interface Copy {
  /** Those that open, the one that signs last first. */
  readonly keys: readonly CopiedKey[];
  /** Of all, and of those that this node has seen and that are gone: no kid returns. */
  readonly kids: ReadonlySet<string>;
  readonly readAt: number;
}

/** A copy this old is read again, behind whoever asks. */
const MAX_AGE_MS = 60_000;
/** Tokens that name keys which nobody knows have the ring read no more often than this. */
const PAUSE_MS = 250;

/**
 * The ring of signing keys as a node has it: opened once, answered from memory. It is read again when a change is heard of,
 * when it is old, and for a `kid` that it does not know. While the database is away the copy stays in use, but for keys
 * that are known to have changed.
 */
@Injectable()
export class SigningKeyDirectory {
  private readonly logger = new Logger('Portcullis');
  private copy: Copy | undefined;
  private reading: Promise<void> | undefined;
  private looking: Promise<void> | undefined;
  private pause: Promise<void> = Promise.resolve();
  /** Heard of since the copy was read. */
  private readonly changed = new Set<string>();
  private hasAllChanged = false;
  private isBehind = false;
  private readonly unopened = new Set<string>();

  constructor(
    private readonly store: SigningKeyStore,
    private readonly vault: SigningKeyVault,
    private readonly options: TokenOptions,
    private readonly clock: Clock,
    changes: ChangeFeed,
  ) {
    changes.listen((announced) => this.hear(announced));
  }

  /** Whether a key of this `kid` is, or was, in the ring, as far as this node knows. */
  knows(kid: string): boolean {
    return this.copy?.kids.has(kid) ?? false;
  }

  /**
   * The keys that verify now; each stays the same object for as long as it does. A promise when the `kid` is unknown or has
   * changed, and the ring has to be read first. Throws what the store throws.
   */
  verifying(kid: string): readonly JwsKey[] | Promise<readonly JwsKey[]> {
    const copy = this.copyFor(kid);
    return copy?.kids.has(kid) ? this.verifyingOf(copy) : this.verifyingAfterReading(kid);
  }

  /** The key that signs now. Undefined where the ring is empty, or nothing of it opens. Throws what the store throws. */
  signing(): JwsSigningKey | undefined | Promise<JwsSigningKey | undefined> {
    const key = this.copy && signingAt(this.copy.keys, this.clock.now());
    // Of whatever has changed, it may be that another signs.
    return key && this.changed.size === 0 && this.copyFor(key.kid) ? key.signing : this.signingAfterReading();
  }

  /** RFC 7517 §5: what others verify with; keys that do not sign yet among them. Throws what the store throws. */
  async published(): Promise<readonly PublishedJwk[]> {
    const { keys } = await this.currentCopy();
    const verifying = verifyingAt(keys, this.clock.now(), this.options.keyOutlivesItsUseMs);
    return verifying.flatMap(({ published }) => published ?? []);
  }

  /** The copy, when nothing is known to have changed about the key. */
  private copyFor(kid: string): Copy | undefined {
    const { copy } = this;
    if (!copy || this.hasAllChanged || this.changed.has(kid)) return undefined;
    const isOld = this.clock.now() - copy.readAt > MAX_AGE_MS;
    if (isOld && !this.looking && !this.reading) this.readBehind(() => this.lookAgain());
    return copy;
  }

  private verifyingOf({ keys }: Copy): readonly JwsKey[] {
    const verifying = verifyingAt(keys, this.clock.now(), this.options.keyOutlivesItsUseMs);
    return verifying.map((key) => key.verifying);
  }

  private async verifyingAfterReading(kid: string): Promise<readonly JwsKey[]> {
    if (this.copyFor(kid)) await this.lookAgain();
    return this.verifyingOf(await this.currentCopy());
  }

  private async signingAfterReading(): Promise<JwsSigningKey | undefined> {
    const { keys } = await this.currentCopy();
    return signingAt(keys, this.clock.now())?.signing;
  }

  /** With every change that was heard of. */
  private async currentCopy(): Promise<Copy> {
    // oxlint-disable-next-line no-await-in-loop -- what is heard of meanwhile has to be read as well
    while (!this.copy || this.hasAllChanged || this.changed.size > 0) await this.read();
    return this.copy;
  }

  private hear(announced: Announced): void {
    if (announced === 'everything') this.hasAllChanged = true;
    else if (announced.kind === 'signing-key') this.changed.add(announced.id);
    else return;
    // Whoever is reading may have read what was before.
    this.reading = undefined;
    if (this.copy) this.readBehind(() => this.read());
  }

  /**
   * Reads what is there from now on, and not at once when that was just done: whoever asks meanwhile shares the next time. A
   * store that hangs is not asked twice.
   */
  private lookAgain(): Promise<void> {
    this.looking ??= Promise.allSettled([this.pause, this.reading]).then(() => {
      this.looking = undefined;
      this.pause = delay(PAUSE_MS, undefined, { ref: false });
      return this.read();
    });
    return this.looking;
  }

  private read(): Promise<void> {
    this.reading ??= this.readAnew();
    return this.reading;
  }

  private readAnew(): Promise<void> {
    const readAt = this.clock.now();
    const reading = this.store.list().then(
      (records) => {
        if (this.reading !== reading) return;
        this.reading = undefined;
        this.keep(records, readAt);
      },
      (error: unknown) => {
        if (this.reading === reading) this.reading = undefined;
        throw error;
      },
    );
    return reading;
  }

  private keep(records: readonly SigningKeyRecord[], readAt: number): void {
    const kids = new Set([...(this.copy?.kids ?? []), ...records.map(({ kid }) => kid)]);
    this.copy = { keys: records.flatMap((record) => this.copied(record) ?? []), kids, readAt };
    this.changed.clear();
    this.hasAllChanged = false;
    this.isBehind = false;
  }

  private copied(record: SigningKeyRecord): CopiedKey | undefined {
    const { kid, signsFrom, sealed } = record;
    const known = this.copy?.keys.find((key) => key.kid === kid && Buffer.compare(key.sealed, sealed) === 0);
    if (known) return { ...known, signsFrom };
    try {
      const opened = { ...this.vault.open(record), kid, signsFrom, sealed };
      this.unopened.delete(kid);
      return opened;
    } catch {
      if (!this.unopened.has(kid))
        this.logger.error(`the signing key ${kid} does not open: it is passed over`);
      this.unopened.add(kid);
      return undefined;
    }
  }

  private readBehind(read: () => Promise<void>): void {
    read().catch((error: unknown) => {
      const name = error instanceof Error ? error.name : typeof error;
      if (!this.isBehind) this.logger.warn(`the signing keys are not read again yet: ${name}`);
      this.isBehind = true;
    });
  }
}
