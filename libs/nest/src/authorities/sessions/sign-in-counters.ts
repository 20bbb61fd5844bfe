import { claimKey } from '../../pipeline/index.js';
import type { AttemptBucket, AttemptCounter } from './attempt.store.js';
import type { SessionOptions } from './session.options.js';

/** As whom somebody signs in, and from where. */
export interface SignInOrigin {
  /** In the form in which usernames are compared. */
  readonly name: string;
  /** The block of the caller's address. */
  readonly place: string;
  /** Of a proof that this user has signed in on the caller's device. */
  readonly deviceId: string | undefined;
  /** Whether this user has signed in from there. */
  readonly placeIsKnown: boolean;
}

export interface SignInCounters {
  /** This user's from here alone: a right password forgives it. */
  readonly own: AttemptCounter;
  /**
   * What others count on as well: a right password takes back what it counted itself. Were they forgiven, a guesser with
   * an account of his own would begin anew at every guess, or with everything that the owner does.
   */
  readonly shared: readonly (AttemptCounter | AttemptBucket)[];
}

/**
 * What an attempt counts on, and may have to wait for. What strangers elsewhere can drive up makes nobody wait who comes
 * from where the user has signed in before: a known place shares the counter of its address alone, in which others may
 * be, and a known device shares one with the user's other devices: whoever knew an old password may have made any number.
 */
export function countersOf(origin: SignInOrigin, options: SessionOptions): SignInCounters {
  const { name, place, deviceId, placeIsKnown } = origin;
  const { userAndAddress, address, user } = options.freeFailures;
  if (deviceId !== undefined)
    return {
      own: counter(claimKey('sign-in device', name, deviceId), userAndAddress),
      shared: [counter(claimKey('sign-in devices', name), user)],
    };
  const own = counter(claimKey('sign-in', name, place), userAndAddress);
  const ofPlace = counter(claimKey('sign-in address', place), address);
  if (placeIsKnown) return { own, shared: [ofPlace] };
  const ofUser = counter(claimKey('sign-in user', name), user);
  const overall = { key: claimKey('sign-in overall'), ...options.overall };
  return { own, shared: [ofUser, ofPlace, overall] };
}

/** The last of the failures is not free: after it the caller waits. */
function counter(key: string, failures: number): AttemptCounter {
  return { key, freeFailures: failures - 1 };
}
