// Requests and tokens per minute, as token buckets that hold one minute. A bucket is stored as the time when it is full again,
// in microseconds since 1970; a time in the past means that it is full.

export const MINUTE_US = 60_000_000;

export const timeOf = (limit, units) => Math.ceil((units * MINUTE_US) / limit);

// The time when the bucket is full again after taking so many units, and how long to wait until they can be taken (0: now).
export function taken(limit, fullAt, nowUs, units) {
  // A full bucket allows more units than it holds; its level is then below zero.
  const next = Math.max(fullAt, nowUs) + timeOf(limit, units);
  const over = next - nowUs - MINUTE_US;
  const waitUs = Math.max(fullAt, nowUs) > nowUs ? Math.min(over, fullAt - nowUs) : 0;
  return { next, waitUs: Math.max(0, waitUs) };
}

// "1s", "6m0s", "250ms": the format of OpenAI's headers.
export function span(us) {
  const ms = Math.ceil(us / 1000);
  if (ms < 1000) return `${ms}ms`;
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

// The x-ratelimit-* headers of a team's item. https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
export function rateHeaders(team, state, now) {
  const headers = {};
  for (const [unit, limit] of [["requests", team.requests_per_minute], ["tokens", team.tokens_per_minute]]) {
    if (!limit) continue;
    const untilFull = Math.max(0, (state[`${unit}_full_at`] ?? 0) - now * 1000);
    headers[`x-ratelimit-limit-${unit}`] = String(limit);
    headers[`x-ratelimit-remaining-${unit}`] = String(Math.max(0, Math.floor(limit - (untilFull * limit) / MINUTE_US)));
    headers[`x-ratelimit-reset-${unit}`] = span(untilFull);
  }
  return headers;
}
