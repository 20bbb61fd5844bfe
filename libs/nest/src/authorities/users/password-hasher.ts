import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { z } from 'zod';
import { readOptions, temporarilyUnavailable } from '../../pipeline/index.js';

export const passwordHasherOptionsSchema = z.strictObject({
  /** How many passwords are hashed at once; one core fewer than there are, so that token checks always have one. */
  concurrency: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(() => Math.min(64, Math.max(1, availableParallelism() - 1))),
  /** How many may wait for their turn; further ones are answered 503. */
  queueLimit: z.number().int().min(1).max(100_000).default(64),
});

export type PasswordHasherOptions = z.input<typeof passwordHasherOptionsSchema>;

/** RFC 9106 with the parameters that OWASP recommends at the least: 19 MiB, 2 passes, 1 lane; argon2id is the library's default. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const RETRY_AFTER_SECONDS = 2;
/** Far beyond any password: more is not worth the work of normalising and hashing it. */
const LONGEST_PASSWORD_BYTES = 4096;

/**
 * argon2id in a bounded pool. Hashing runs on threads of its own, but takes a core each: without a bound a flood of
 * sign-ins would starve every other request.
 */
export class PasswordHasher {
  private readonly limit: ReturnType<typeof pLimit>;
  private readonly queueLimit: number;
  private readonly nobodysHash: Promise<string>;

  constructor(input: PasswordHasherOptions = {}) {
    const { concurrency, queueLimit } = readOptions('passwords', passwordHasherOptionsSchema, input);
    this.limit = pLimit(concurrency);
    this.queueLimit = queueLimit;
    this.nobodysHash = hash('nobody', PARAMETERS);
  }

  /** PHC string. Throws `temporarily_unavailable` when too many are waiting, RangeError for a password of more than 4 KiB. */
  async hash(password: string): Promise<string> {
    if (isTooLong(password))
      throw new RangeError(`password: expected at most ${LONGEST_PASSWORD_BYTES} bytes`);
    return this.inTurn(() => hash(normalise(password), PARAMETERS));
  }

  /**
   * Whether the password is the hash's. Takes as long where there is no hash, so that nobody learns which users exist, and
   * for a password of more than 4 KiB, which is nobody's. Throws `temporarily_unavailable` when too many are waiting.
   */
  verify(password: string, passwordHash: string | undefined): Promise<boolean> {
    const tooLong = isTooLong(password);
    const looked = tooLong ? '' : normalise(password);
    return this.inTurn(async () => {
      const matches = await verify(passwordHash ?? (await this.nobodysHash), looked);
      return matches && passwordHash !== undefined && !tooLong;
    });
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.limit.pendingCount >= this.queueLimit)
      throw temporarilyUnavailable('password_hasher_full', RETRY_AFTER_SECONDS);
    return this.limit(work);
  }
}

/** RFC 8265 §4.2: two keyboards may write one letter in two ways. */
function normalise(password: string): string {
  return password.normalize('NFC');
}

function isTooLong(password: string): boolean {
  return Buffer.byteLength(password) > LONGEST_PASSWORD_BYTES;
}
