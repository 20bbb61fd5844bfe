export { connectRedis, type ConnectRedisOptions } from './connect-redis.js';
export { RedisAnnouncements, type RedisAnnouncementsOptions } from './redis-announcements.js';
export { RedisAttemptStore, type RedisAttemptStoreOptions } from './redis-attempt-store.js';
export { RedisClaimStore, type RedisClaimStoreOptions } from './redis-claim-store.js';
export { RedisUnreachable } from './redis-unreachable.js';
export { RedisStores, type RedisStoresOptions } from './redis-stores.js';
