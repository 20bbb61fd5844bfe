import { Injectable } from '@nestjs/common';
import {
  SigningKeys,
  SigningKeyStore,
  SigningKeyVault,
  TokenOptions,
  type SigningKey,
  type SigningKeyRecord,
} from '../../authorities/tokens/index.js';
import { Clock } from '../../pipeline/index.js';
import type { Finding } from './finding.js';
import type { HealthCheck } from './health-check.js';

const NAME = 'signing-keys';
const DAY_MS = 86_400_000;
/** The cleaner rotates within minutes. */
const OVERDUE_MS = DAY_MS;

/** Whether access tokens can be signed, with what, and when the next key takes over. */
@Injectable()
export class SigningKeysCheck implements HealthCheck {
  readonly name = NAME;

  constructor(
    private readonly keys: SigningKeys,
    private readonly store: SigningKeyStore,
    private readonly vault: SigningKeyVault,
    private readonly options: TokenOptions,
    private readonly clock: Clock,
  ) {}

  async examine(): Promise<Finding[]> {
    const ring = await this.keys.list();
    if (ring.length === 0)
      return [{ name: NAME, status: 'ok', detail: 'none yet: the first is made when a token is issued' }];
    const inUse = ring.filter(({ state }) => state === 'signing' || state === 'waiting');
    const opening = await this.openingKids();
    const closed = inUse.find(({ kid }) => !opening.has(kid));
    if (closed) return [notOpened(closed)];
    const signing = inUse.find(({ state }) => state === 'signing');
    const waiting = inUse.find(({ state }) => state === 'waiting');
    return [signing ? this.examineAge(signing, waiting) : NONE_SIGNS];
  }

  private async openingKids(): Promise<ReadonlySet<string>> {
    const records = await this.store.list();
    return new Set(records.filter((record) => this.opens(record)).map(({ kid }) => kid));
  }

  private opens(record: SigningKeyRecord): boolean {
    try {
      this.vault.open(record);
      return true;
    } catch {
      return false;
    }
  }

  private examineAge(signing: SigningKey, waiting: SigningKey | undefined): Finding {
    const seen = `${signing.kid} signs (${signing.algorithm})`;
    if (waiting)
      return {
        name: NAME,
        status: 'ok',
        detail: `${seen}; ${waiting.kid} takes over at ${waiting.signsFrom.toISOString()}`,
      };
    const dueMs = signing.signsFrom.getTime() + this.options.rotateSigningKeysEveryMs;
    const due = `the next one is due on ${new Date(dueMs).toISOString().slice(0, 10)}`;
    if (this.clock.now() - dueMs < OVERDUE_MS) return { name: NAME, status: 'ok', detail: `${seen}; ${due}` };
    return {
      name: NAME,
      status: 'warn',
      detail: `${seen}; ${due}`,
      advice:
        signing.algorithm === 'HS256'
          ? 'A shared secret is not rotated by itself: portcullis signing-keys rotate, and bring the new one to whoever verifies with it.'
          : 'No node has rotated it: look at the log for what the cleaner says, or portcullis signing-keys rotate.',
    };
  }
}

function notOpened({ kid }: SigningKey): Finding {
  return {
    name: NAME,
    status: 'fail',
    detail: `the key ring does not open ${kid}`,
    advice:
      'Put the key under which it was sealed back into the ring (in the sample PORTCULLIS_KEY_RING). If it is lost, drop this one: portcullis signing-keys drop <kid>.',
  };
}

const NONE_SIGNS: Finding = {
  name: NAME,
  status: 'fail',
  detail: 'none signs: by the clock of this node, all of them wait still',
  advice: 'Look at the clocks of the nodes: the one that made the key is ahead.',
};
