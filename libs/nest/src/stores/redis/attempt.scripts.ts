/**
 * KEYS: one per counter or bucket. ARGV: now, first wait, longest wait, forget after (ms), then two per key: free failures and 0
 * of a counter; failures it holds and how long one takes to drain (ms) of a bucket, of which is kept when it will be empty.
 * Answers 0 when the attempt is admitted and counted, or how long to wait (ms).
 */
export const BEGIN_ATTEMPT = `
local now, first, longest, forget = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local counts, lastAts, emptyAts, retryAfter = {}, {}, {}, 0
for i = 1, #KEYS do
  local bound, drain = tonumber(ARGV[3 + 2 * i]), tonumber(ARGV[4 + 2 * i])
  if drain > 0 then
    emptyAts[i] = math.max(now, tonumber(redis.call('HGET', KEYS[i], 'emptyAt')) or 0) + drain
    retryAfter = math.max(retryAfter, emptyAts[i] - now - bound * drain)
  else
    local seen = redis.call('HMGET', KEYS[i], 'count', 'lastAt')
    local count, lastAt = tonumber(seen[1]) or 0, tonumber(seen[2]) or 0
    if now - lastAt >= forget then count, lastAt = 0, 0 end
    counts[i], lastAts[i] = count, lastAt
    local beyondFree = count - bound
    if beyondFree > 0 then
      retryAfter = math.max(retryAfter, lastAt + math.min(longest, first * 2 ^ (beyondFree - 1)) - now)
    end
  end
end
if retryAfter > 0 then return math.ceil(retryAfter) end
for i = 1, #KEYS do
  if emptyAts[i] then
    redis.call('HSET', KEYS[i], 'emptyAt', emptyAts[i], 'drain', ARGV[4 + 2 * i])
    redis.call('PEXPIRE', KEYS[i], math.ceil(emptyAts[i] - now))
  else
    redis.call('HSET', KEYS[i], 'count', counts[i] + 1, 'lastAt', ARGV[1], 'previousAt', lastAts[i])
    redis.call('PEXPIRE', KEYS[i], ARGV[4])
  end
end
return 0
`;

/** KEYS: one per counter or bucket. The failure before the last one is what counts again. */
export const TAKE_BACK_ATTEMPT = `
for i = 1, #KEYS do
  local seen = redis.call('HMGET', KEYS[i], 'count', 'previousAt', 'emptyAt', 'drain')
  local count = tonumber(seen[1]) or 0
  if seen[3] then
    redis.call('HSET', KEYS[i], 'emptyAt', tonumber(seen[3]) - tonumber(seen[4]))
  elseif count > 1 then
    redis.call('HSET', KEYS[i], 'count', count - 1, 'lastAt', seen[2])
  else
    redis.call('DEL', KEYS[i])
  end
end
return 0
`;
