export { IssuedSessionTokens } from './issued-session-tokens.js';
export { NoSessionTokens } from './no-session-tokens.js';
export { NoSessions } from './no-sessions.js';
export { appInView } from './app-in-view.js';
export {
  AttemptStore,
  type Attempt,
  type AttemptBucket,
  type AttemptCounter,
  type BackOff,
} from './attempt.store.js';
export { deviceOf } from './device-name.js';
export { DeviceProofs } from './device-proofs.js';
export { networkOf } from './network-of.js';
export { SessionStore, type LiveAt, type SessionRecord, type SessionsThrough } from './session.store.js';
export { SessionTokens, type TokenHolder, type TokenTerms } from './session-tokens.js';
export { SessionDirectory } from './session-directory.js';
export { SessionOptions, sessionOptionsSchema, type SessionOptionsInput } from './session.options.js';
export { SessionsModule } from './sessions.module.js';
export { SessionsController } from './sessions.controller.js';
export type { NewSession, NewTokenSession } from './new-session.js';
export { Sessions } from './sessions.js';
export type {
  Session,
  StartedAccess,
  StartedOpaqueSession,
  StartedSession,
  StartedTokenSession,
} from './started-session.js';
export { appRemoved } from './sessions.problems.js';
export { StoredUserSessions } from './stored-user-sessions.js';
export { SignIn, type SignInAttempt } from './sign-in.js';
