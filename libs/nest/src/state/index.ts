export { Announcements, type Announced, type Change } from './announcements.js';
export { FreshCache, type FreshCacheOptions } from './fresh-cache.js';
export { Transactions } from './transactions.js';
