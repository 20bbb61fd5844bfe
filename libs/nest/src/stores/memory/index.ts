export { MemoryAppRegistry, type AppSetting } from './memory-app-registry.js';
export { MemoryClaimStore, type MemoryClaimStoreOptions } from './memory-claim-store.js';
