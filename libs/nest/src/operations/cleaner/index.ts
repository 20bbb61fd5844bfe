export type { Chore } from './chore.js';
export { Cleaner } from './cleaner.js';
export { CleanerOptions, cleanerOptionsSchema, type CleanerOptionsInput } from './cleaner.options.js';
export { ExpiredAppSecretsChore } from './expired-app-secrets.chore.js';
export { ExpiredChangesChore } from './expired-changes.chore.js';
export { ExpiredSessionsChore } from './expired-sessions.chore.js';
export { RevokedSessionsChore } from './revoked-sessions.chore.js';
export { SigningKeysChore } from './signing-keys.chore.js';
