import type { ProblemCode } from '@portcullis/wire';
import { SecurityProblem } from '../pipeline/index.js';
import type { StandIn } from './stand-in.layer.js';

interface StandInApp {
  readonly id: string;
  readonly name?: string;
  readonly scopes?: readonly string[];
}

interface StandInUser {
  readonly id: string;
  readonly username?: string;
  /** What the user holds and was granted; effective are those that the app holds as well. */
  readonly scopes?: readonly string[];
}

/** For `app-key`: every request comes from this app, whatever it presents. */
export function alwaysApp({ id, name = id, scopes = [] }: StandInApp): StandIn {
  return () => ({ app: { id, name, scopes, registered: true } });
}

/** For `request-signature`: every request is signed; none is a replay. */
export function alwaysSigned(): StandIn {
  return () => ({ signature: { scheme: 'stand-in', secretId: 'stand-in', createdAt: 0 } });
}

/** For `app-integrity`: every request comes from the genuine app. */
export function alwaysGenuine(installationId?: string): StandIn {
  return () => ({ integrity: { issuer: 'stand-in', tokenId: undefined, installationId } });
}

/** For `user`: every request comes from this user, signed in through whichever app is calling. */
export function alwaysUser({ id, username, scopes = [] }: StandInUser): StandIn {
  const credential = { kind: 'access-token', id: 'stand-in' } as const;
  return (_request, { app }) => ({
    user: { id, username, scopes, granted: scopes, credential, clientId: app?.id ?? '' },
  });
}

/** For any layer: every request is refused, to see what callers are answered. */
export function refusedWith(code: ProblemCode): StandIn {
  return () => {
    throw new SecurityProblem(code, { reason: 'stand_in' });
  };
}
