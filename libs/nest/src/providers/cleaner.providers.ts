import type { Provider } from '@nestjs/common';
import {
  Cleaner,
  CleanerOptions,
  ExpiredAppSecretsChore,
  ExpiredAuthorizationCodesChore,
  ExpiredChangesChore,
  ExpiredCodeRedemptionsChore,
  ExpiredPushedRequestsChore,
  ExpiredSessionsChore,
  RevokedSessionsChore,
  SigningKeysChore,
  type Chore,
} from '../operations/cleaner/index.js';
import { OneAtATime } from '../state/index.js';
import { absent } from './absent.js';
import { from } from './provide.js';

const WITH_STORES = [
  ExpiredSessionsChore,
  RevokedSessionsChore,
  // After the sessions that revocations are kept for: these go in the same run.
  ExpiredChangesChore,
  ExpiredAppSecretsChore,
  ExpiredAuthorizationCodesChore,
  ExpiredCodeRedemptionsChore,
  ExpiredPushedRequestsChore,
];

/** Removes what has expired, where there is a database. */
export const CLEANER: Provider[] = [
  from(CleanerOptions, ({ cleaner }) => cleaner),
  ...WITH_STORES,
  SigningKeysChore,
  from(
    Cleaner,
    (
      { given: { stores }, tokens, cleaner },
      oneAtATime: OneAtATime,
      signingKeys: SigningKeysChore,
      ...chores: Chore[]
    ) =>
      stores
        ? new Cleaner([...chores, ...(tokens ? [signingKeys] : [])], oneAtATime, cleaner)
        : absent<Cleaner>('Cleaner'),
    OneAtATime,
    SigningKeysChore,
    ...WITH_STORES,
  ),
];
