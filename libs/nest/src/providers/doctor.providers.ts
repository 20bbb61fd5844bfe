import type { Provider } from '@nestjs/common';
import { RevokedCredentials } from '../authorities/revocations/index.js';
import {
  AppsCheck,
  Doctor,
  IssuerCheck,
  OriginsCheck,
  ProxiesCheck,
  ReplayStateCheck,
  RevocationsCheck,
  RoutesCheck,
  SessionsCheck,
  SigningKeysCheck,
  type HealthCheck,
} from '../operations/doctor/index.js';
import { ClaimStore, Clock, StateFreshness } from '../pipeline/index.js';
import { Announcements } from '../state/index.js';
import { from } from './provide.js';

const EVERYWHERE = [OriginsCheck, ProxiesCheck, RoutesCheck, ReplayStateCheck];
const WITH_STORES = [SessionsCheck, AppsCheck, RevocationsCheck];
const WITH_TOKENS = [IssuerCheck, SigningKeysCheck];

/** Looks at what stands here, for whoever operates it. */
export const DOCTOR: Provider[] = [
  OriginsCheck,
  ProxiesCheck,
  RoutesCheck,
  from(
    ReplayStateCheck,
    ({ given: { shared, stores } }, store: ClaimStore) =>
      new ReplayStateCheck({
        claims: store,
        isShared: shared !== undefined,
        databaseIsOpenTo: stores?.databaseIsOpenTo,
      }),
    ClaimStore,
  ),
  SessionsCheck,
  AppsCheck,
  IssuerCheck,
  SigningKeysCheck,
  from(
    RevocationsCheck,
    (
      { given: { shared, stores }, pipeline },
      freshness: StateFreshness,
      revoked: RevokedCredentials,
      announcements: Announcements,
    ) =>
      new RevocationsCheck({
        freshness,
        revoked,
        bounds: pipeline.revocation,
        wordsComeBy: shared ? 'redis' : stores?.announcements ? 'notify' : 'none',
        hears: () => announcements.isHeard(),
      }),
    StateFreshness,
    RevokedCredentials,
    Announcements,
  ),
  from(
    Doctor,
    ({ given: { stores, shared }, tokens }, clock: Clock, ...checks: HealthCheck[]) =>
      new Doctor(
        [
          ...checks.slice(
            0,
            EVERYWHERE.length + (stores ? WITH_STORES.length : 0) + (tokens ? WITH_TOKENS.length : 0),
          ),
          ...(stores?.healthChecks?.(clock) ?? []),
          ...(shared?.healthChecks?.(clock) ?? []),
        ],
        clock,
      ),
    Clock,
    ...EVERYWHERE,
    ...WITH_STORES,
    ...WITH_TOKENS,
  ),
];
