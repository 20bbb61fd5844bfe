export { JournaledClaimStore, type JournaledClaimStoreOptions } from './journaled-claim-store.js';
export { LocalAnnouncements } from './local-announcements.js';
export { appSettingsSchema, type AppSetting } from './app-setting.js';
export { MemoryAppRegistry } from './memory-app-registry.js';
export { MemoryAttemptStore, type MemoryAttemptStoreOptions } from './memory-attempt-store.js';
export { MemoryClaimStore, type MemoryClaimStoreOptions } from './memory-claim-store.js';
export { NoJournal } from './no-journal.js';
