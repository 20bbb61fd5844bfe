import { Injectable } from '@nestjs/common';
import { claimKey, Clock } from '../../pipeline/index.js';
import { askAccounts, UserAccounts, usernameKey, type UserAccount } from '../users/index.js';
import { addressBlock } from './address-block.js';
import { AttemptStore } from './attempt.store.js';
import { SessionOptions } from './session.options.js';
import { passwordInvalid, tooManyFailures } from './sessions.problems.js';

export interface SignInAttempt {
  readonly username: string;
  readonly password: string;
  /** Address of the caller, after trusted proxies. */
  readonly address: string;
}

/** After so long without a failure everything is forgotten. */
const FORGET_AFTER_MS = 24 * 3_600_000;

/** Exchanges a username and a password for the user, slowing down whoever guesses. */
@Injectable()
export class SignIn {
  constructor(
    private readonly users: UserAccounts,
    private readonly attempts: AttemptStore,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
  ) {}

  /** Throws `user_token_invalid`, or `rate_limited` after too many failures. */
  async authenticate({ username, password, address }: SignInAttempt): Promise<UserAccount> {
    // A name that can be nobody's is counted like any other, or it would be told apart by that.
    const name = usernameKey(username) ?? username;
    const from = addressBlock(address);
    const { userAndAddress, address: perAddress, user: perUser } = this.options.freeFailures;
    // The last of them is not free: after it the caller waits.
    const counters = {
      pair: { key: claimKey('sign-in', name, from), freeFailures: userAndAddress - 1 },
      user: { key: claimKey('sign-in user', name), freeFailures: perUser - 1 },
      address: { key: claimKey('sign-in address', from), freeFailures: perAddress - 1 },
    };
    const { firstWaitMs, longestWaitMs } = this.options;
    const backOff = { firstWaitMs, longestWaitMs, forgetAfterMs: FORGET_AFTER_MS };
    const attempt = await this.attempts.begin(Object.values(counters), backOff, this.clock.now());
    if (!attempt.admitted) throw tooManyFailures(attempt.retryAfterMs);
    const asked = askAccounts(this.users.authenticate(username, password));
    const user = await asked.catch(async (error: unknown) => {
      // Nobody guessed: the passwords could not be looked at.
      await this.attempts.takeBack(Object.values(counters).map(({ key }) => key));
      throw error;
    });
    if (!user) throw passwordInvalid();
    await this.attempts.forgive([counters.pair.key, counters.user.key]);
    // Not forgiven: a guesser with an account of his own would begin anew at every tenth guess.
    await this.attempts.takeBack([counters.address.key]);
    return user;
  }
}
