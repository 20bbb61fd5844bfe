import type { KeyRing } from '../../crypto/index.js';
import type { Clock } from '../../pipeline/index.js';
import type { DpopOptions } from './dpop.options.js';

const PURPOSE = 'dpop nonce';
const NONCE = /^([0-9a-z]{1,10})\.([0-9a-f]{8}\.[A-Za-z0-9_-]{43})$/;

/**
 * Nonces for DPoP proofs (RFC 9449 §8, §9): the second in which one is made, and its keyed hash. Nothing is stored: every
 * node with the same key ring makes and knows them, those of an older key included. They say their second, so that a memory
 * of proofs that was lost costs a device with a wrong clock no more than the seconds that it costs everybody.
 */
export class DpopNonces {
  constructor(
    private readonly keyRing: KeyRing,
    private readonly clock: Clock,
    private readonly options: DpopOptions,
  ) {}

  fresh(): string {
    const second = Math.floor(this.clock.now() / 1000).toString(36);
    return `${second}.${this.keyRing.keyedHash(PURPOSE, second)}`;
  }

  /** When it was made, in seconds since the epoch; undefined for one that is not ours or not good any more. */
  madeAtSeconds(nonce: string): number | undefined {
    const [, second, hash] = NONCE.exec(nonce) ?? [];
    if (second === undefined || !this.keyRing.matchesHash(PURPOSE, second, hash)) return undefined;
    const madeAt = Number.parseInt(second, 36);
    const ageSeconds = this.clock.now() / 1000 - madeAt;
    const { nonceLifeSeconds, nodeSkewSeconds } = this.options;
    return ageSeconds <= nonceLifeSeconds && ageSeconds >= -nodeSkewSeconds ? madeAt : undefined;
  }
}
