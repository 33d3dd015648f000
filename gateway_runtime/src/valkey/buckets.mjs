// Requests and tokens per minute as token buckets in Valkey: one script, which the server runs atomically.
import { createHash } from "node:crypto";

// KEYS[1]: a team. ARGV: limit and units of requests, limit and units of tokens (limit 0: no limit), and the time of the request
// that is corrected, or "". A bucket is the time when it is full again, as in rates.mjs, by the server's clock; without a key it is
// full. Negative units are given back, unless the bucket has been full since then. Returns the bucket that refuses (1, 2; 0: none),
// how long to wait, how long until each is full, and the time, all in microseconds.
export const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local correcting = ARGV[5] ~= ''
local names = {'requests', 'tokens', 'requests_since', 'tokens_since'}
local held = redis.call('HMGET', KEYS[1], unpack(names))
local left, wait, news = {0, 0}, 0, {}
for i = 1, 2 do
  local limit, units = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  if limit > 0 then
    local full = tonumber(held[i]) or 0
    local from = math.max(full, now)
    local since = tonumber(held[i + 2]) or now
    if full < now then since = now end
    local next = from
    if units < 0 then
      if full > now and since <= tonumber(ARGV[5]) then next = full - math.ceil(-units * 60000000 / limit) end
    else
      next = from + math.ceil(units * 60000000 / limit)
    end
    if not correcting and from > now then
      wait = math.min(next - now - 60000000, from - now)
      if wait > 0 then
        for j = 1, 2 do left[j] = math.max(0, (tonumber(held[j]) or 0) - now) end
        return {i, wait, left[1], left[2], now}
      end
    end
    left[i] = math.max(0, next - now)
    if units ~= 0 then
      for _, one in ipairs({names[i], string.format('%.0f', next), names[i + 2], string.format('%.0f', since)}) do
        table.insert(news, one)
      end
    end
  end
end
if #news > 0 then
  redis.call('HSET', KEYS[1], unpack(news))
  redis.call('PEXPIRE', KEYS[1], math.ceil(math.max(left[1], left[2]) / 1000) + 1)
end
return {0, 0, left[1], left[2], now}
`;
const DIGEST = createHash("sha1").update(SCRIPT).digest("hex");

export function makeBuckets(client) {
  // `requests` and `tokens` are units; `at` is the time of the request that is corrected.
  return async function run(team, requests, tokens, at = "") {
    const limits = [team.requests_per_minute ?? 0, requests, team.tokens_per_minute ?? 0, Math.ceil(tokens), at];
    const given = ["1", `rate:${team.team}`, ...limits.map(String)];
    // A server that was restarted or took over does not have the script yet.
    const found = await client.call("EVALSHA", DIGEST, ...given).catch((error) => {
      if (error.code !== "NOSCRIPT") throw error;
      return client.call("EVAL", SCRIPT, ...given);
    });
    const [refused, waitUs, untilRequests, untilTokens, time] = found;
    return {
      unit: [null, "requests", "tokens"][refused],
      waitUs,
      // A team's state in the form of rates.mjs, relative to the time 0.
      state: { requests_full_at: untilRequests, tokens_full_at: untilTokens },
      at: String(time),
    };
  };
}
