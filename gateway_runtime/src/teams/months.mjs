// The months that budgets are for, by UTC, and how long what is written about one is kept.

// "2026-11"
export const monthOf = (now) => new Date(now).toISOString().slice(0, 7);

// When the month ends, in milliseconds.
export function monthEnd(month) {
  const [year, number] = month.split("-").map(Number);
  return Date.UTC(year, number, 1);
}

export const secondsLeft = (now) => Math.max(1, Math.ceil((monthEnd(monthOf(now)) - now) / 1000));

// Items are deleted so long after their month, in seconds since 1970.
const KEPT_SECONDS = 400 * 86_400;
export const expiryOf = (month) => monthEnd(month) / 1000 + KEPT_SECONDS;
