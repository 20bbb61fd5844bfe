/**
 * KEYS: one per counter. ARGV: now, first wait, longest wait, forget after (ms), then per counter its free failures.
 * Answers 0 when the attempt is admitted and counted, or how long to wait (ms).
 */
export const BEGIN_ATTEMPT = `
local now, first, longest, forget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local counts, lastAts, retryAfter = {}, {}, 0
for i = 1, #KEYS do
  local seen = redis.call('HMGET', KEYS[i], 'count', 'lastAt')
  local count, lastAt = tonumber(seen[1]) or 0, tonumber(seen[2]) or 0
  if now - lastAt >= forget then count, lastAt = 0, 0 end
  counts[i], lastAts[i] = count, lastAt
  local beyondFree = count - tonumber(ARGV[4 + i])
  if beyondFree > 0 then
    retryAfter = math.max(retryAfter, lastAt + math.min(longest, first * 2 ^ (beyondFree - 1)) - now)
  end
end
if retryAfter > 0 then return math.ceil(retryAfter) end
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], 'count', counts[i] + 1, 'lastAt', ARGV[1], 'previousAt', lastAts[i])
  redis.call('PEXPIRE', KEYS[i], ARGV[4])
end
return 0
`;

/** KEYS: one per counter. The failure before the last one is what counts again. */
export const TAKE_BACK_ATTEMPT = `
for i = 1, #KEYS do
  local seen = redis.call('HMGET', KEYS[i], 'count', 'previousAt')
  local count = tonumber(seen[1]) or 0
  if count > 1 then
    redis.call('HSET', KEYS[i], 'count', count - 1, 'lastAt', seen[2])
  else
    redis.call('DEL', KEYS[i])
  end
end
return 0
`;
