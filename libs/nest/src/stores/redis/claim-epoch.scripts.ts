/**
 * KEYS: the epoch, the lock. ARGV: the lock's token, the run id of the server, what is forgotten (ms since the epoch).
 * Writes only while the lock is held: whoever held it too long may be wrong about what was there. Never sinks.
 */
export const WRITE_EPOCH = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
local epoch = redis.call('HMGET', KEYS[1], 'server', 'forgottenUntil')
local before = tonumber(epoch[2])
local forgottenUntil = ARGV[3]
if before and before > tonumber(forgottenUntil) then forgottenUntil = epoch[2] end
redis.call('HSET', KEYS[1], 'server', ARGV[2], 'forgottenUntil', forgottenUntil)
return 1
`;

/** KEYS: the lock. ARGV: its token. */
export const RELEASE_LOCK = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`;
