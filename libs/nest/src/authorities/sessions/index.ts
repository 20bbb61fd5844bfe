export { NoSessions } from './no-sessions.js';
export { AttemptStore, type Attempt, type AttemptCounter, type BackOff } from './attempt.store.js';
export { SessionStore, type LiveAt, type SessionRecord } from './session.store.js';
export { SessionDirectory } from './session-directory.js';
export { SessionOptions, type SessionOptionsInput } from './session.options.js';
export { SessionsController } from './sessions.controller.js';
export { Sessions, type NewSession, type Session, type StartedSession } from './sessions.js';
export { StoredUserSessions } from './stored-user-sessions.js';
export { SignIn, type SignInAttempt } from './sign-in.js';
