// Waits as long as a provider's Retry-After says before the same key is used there again, up to a limit.

export const MOST_WAIT_MS = 20_000;
const ASKS_TO_WAIT = new Set([429, 503, 529]);

// Milliseconds of a Retry-After header (seconds or a date) or of retry-after-ms; 0 where there is none.
export function waitOf(headers, now = Date.now()) {
  const milliseconds = Number(headers.get("retry-after-ms") ?? "");
  if (milliseconds > 0) return milliseconds;
  const value = headers.get("retry-after") ?? "";
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}

const keyOf = (url, headers) =>
  `${url.origin} ${headers.get("authorization") ?? headers.get("x-api-key") ?? headers.get("api-key") ?? ""}`;

const slept = (milliseconds, context) =>
  new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    context.onEnd(() => {
      clearTimeout(timer);
      done();
    });
  });

export function remember(context, url, headers, answer) {
  if (!context || !ASKS_TO_WAIT.has(answer.status)) return;
  const wait = waitOf(answer.headers);
  context.waits ??= new Map();
  if (wait) context.waits.set(keyOf(url, headers), { until: Date.now() + wait, status: answer.status });
}

// Resolves when the provider may be called again, or to its last status where that is beyond the limit.
export async function awaited(context, url, headers) {
  const wait = context?.waits?.get(keyOf(url, headers));
  const left = wait ? wait.until - Date.now() : 0;
  if (left > MOST_WAIT_MS) return wait.status;
  if (left > 0) await slept(left, context);
  return null;
}
