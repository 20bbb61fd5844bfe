export { IssuedSessionTokens } from './issued-session-tokens.js';
export { NoSessionTokens } from './no-session-tokens.js';
export { NoSessions } from './no-sessions.js';
export { AttemptStore, type Attempt, type AttemptCounter, type BackOff } from './attempt.store.js';
export { SessionStore, type LiveAt, type SessionRecord } from './session.store.js';
export { SessionTokens, type TokenHolder } from './session-tokens.js';
export { SessionDirectory } from './session-directory.js';
export { SessionOptions, sessionOptionsSchema, type SessionOptionsInput } from './session.options.js';
export { SessionsModule } from './sessions.module.js';
export { SessionsController } from './sessions.controller.js';
export {
  Sessions,
  type NewSession,
  type Session,
  type StartedOpaqueSession,
  type StartedSession,
  type StartedTokenSession,
} from './sessions.js';
export { StoredUserSessions } from './stored-user-sessions.js';
export { SignIn, type SignInAttempt } from './sign-in.js';
