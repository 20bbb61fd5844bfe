import { Injectable } from '@nestjs/common';
import { claimKey, Clock } from '../../pipeline/index.js';
import { askAccounts, readAccount, UserAccounts, usernameKey, type UserAccount } from '../users/index.js';
import { addressBlock } from './address-block.js';
import { AttemptStore } from './attempt.store.js';
import { DeviceProofs } from './device-proofs.js';
import { SessionOptions } from './session.options.js';
import { passwordInvalid, tooManyFailures } from './sessions.problems.js';
import { countersOf, type SignInCounters } from './sign-in-counters.js';

export interface SignInAttempt {
  readonly username: string;
  readonly password: string;
  /** Address of the caller, after trusted proxies. */
  readonly address: string;
  /** What `proveDevice` gave after an earlier sign-in on the same device. One that does not hold counts as none. */
  readonly deviceProof?: string | undefined;
}

/** After so long without a failure everything is forgotten. */
const FORGET_AFTER_MS = 24 * 3_600_000;

/**
 * Exchanges a username and a password for the user, slowing down whoever guesses, and not the owner: where a user has
 * signed in before, on a device or in a place, failures from elsewhere have no weight. A place is remembered by the
 * `AttemptStore`, a device by a proof that it keeps itself.
 */
@Injectable()
export class SignIn {
  constructor(
    private readonly users: UserAccounts,
    private readonly attempts: AttemptStore,
    private readonly devices: DeviceProofs,
    private readonly options: SessionOptions,
    private readonly clock: Clock,
  ) {}

  /** Throws `user_token_invalid`, or `rate_limited` after too many failures. */
  async authenticate(attempt: SignInAttempt): Promise<UserAccount> {
    const name = nameOf(attempt.username);
    const place = addressBlock(attempt.address);
    const placeKey = claimKey('sign-in place', name, place);
    const deviceId =
      attempt.deviceProof === undefined ? undefined : this.devices.read(attempt.deviceProof, name);
    const placeIsKnown = await this.attempts.knows(placeKey, this.clock.now());
    const counters = countersOf({ name, place, deviceId, placeIsKnown }, this.options);
    await this.begin(counters);
    const user = await this.lookAt(attempt, counters);
    if (!user) throw passwordInvalid();
    await Promise.all([
      this.attempts.forgive([counters.own.key]),
      this.attempts.takeBack(counters.shared.map(({ key }) => key)),
      this.attempts.remember(placeKey, this.options.knownForMs, this.clock.now()),
    ]);
    return user;
  }

  /**
   * For a device to keep after `authenticate` let this user in, and to hand in with later attempts (`deviceProof`):
   * less than 100 characters, fit for a cookie, good for `knownPlaceTtlDays`. It is of the name as it was typed: an
   * account that is found under two names has a proof for each.
   */
  proveDevice(username: string): string {
    return this.devices.mint(nameOf(username));
  }

  private async begin({ own, shared }: SignInCounters): Promise<void> {
    const { firstWaitMs, longestWaitMs } = this.options;
    const backOff = { firstWaitMs, longestWaitMs, forgetAfterMs: FORGET_AFTER_MS };
    const begun = await this.attempts.begin([own, ...shared], backOff, this.clock.now());
    if (!begun.admitted) throw tooManyFailures(begun.retryAfterMs);
  }

  private async lookAt(
    { username, password }: SignInAttempt,
    { own, shared }: SignInCounters,
  ): Promise<UserAccount | undefined> {
    const asked = askAccounts(() => this.users.authenticate(username, password));
    const answer = await asked.catch(async (error: unknown) => {
      // Nobody guessed: the passwords could not be looked at.
      await this.attempts.takeBack([own, ...shared].map(({ key }) => key));
      throw error;
    });
    // Somebody did where the answer makes no sense: it stays counted.
    return readAccount(answer);
  }
}

/** A name that can be nobody's is counted like any other, or it would be told apart by that. */
function nameOf(username: string): string {
  return usernameKey(username) ?? username;
}
