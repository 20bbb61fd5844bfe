export { RevocationRetention } from './retention.js';
export { RevocableSessions, type BegunBefore } from './revocable-sessions.js';
export { sessionEnded } from './session-ended.js';
export { Revocations, type RecordedRevocation, type RevocationTarget } from './revocations.js';
export { RevokedCredentials, type IssuedCredential, type Knowledge } from './revoked-credentials.js';
