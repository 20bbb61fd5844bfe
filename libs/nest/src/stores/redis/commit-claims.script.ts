/**
 * KEYS: the epoch, then one per claim. ARGV: the run id of the server, then per claim when it was issued and how long it
 * is kept (ms). All claims or none: a script runs alone, and is refused before its first write when memory is short.
 */
export const COMMIT_CLAIMS = `
local epoch = redis.call('HMGET', KEYS[1], 'server', 'forgottenUntil')
local forgottenUntil = tonumber(epoch[2])
if epoch[1] ~= ARGV[1] or not forgottenUntil then return {'detached', 0} end
for i = 2, #KEYS do
  if tonumber(ARGV[2 * i - 2]) <= forgottenUntil then return {'forgotten', i - 2} end
  if redis.call('EXISTS', KEYS[i]) == 1 then return {'used', i - 2} end
end
for i = 2, #KEYS do
  redis.call('SET', KEYS[i], '', 'NX', 'PX', ARGV[2 * i - 1])
end
return {'committed', 0}
`;
