// The months of budgets, in UTC, and how long a month's items are kept.

// "2026-11"
export const monthOf = (now) => new Date(now).toISOString().slice(0, 7);

// The end of the month, in milliseconds since 1970.
export function monthEnd(month) {
  const [year, number] = month.split("-").map(Number);
  return Date.UTC(year, number, 1);
}

export const secondsLeft = (now) => Math.max(1, Math.ceil((monthEnd(monthOf(now)) - now) / 1000));

// When a month's items expire, in seconds since 1970.
const KEPT_SECONDS = 400 * 86_400;
export const expiryOf = (month) => monthEnd(month) / 1000 + KEPT_SECONDS;
