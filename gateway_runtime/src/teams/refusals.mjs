// The errors of a team that reaches a limit.
import { GatewayError } from "../errors.mjs";
import { secondsLeft } from "./months.mjs";

const dollars = (micros) => `$${(micros / 1e6).toFixed(micros % 10_000 ? 6 : 2)}`;

function limited(status, code, limit, message, headers) {
  return Object.assign(new GatewayError(status, code, message, headers), { limit });
}

export function overBudget(team, amount, spent, now) {
  const budget = team.monthly_budget_micros;
  if (spent < budget && spent + amount <= budget) {
    // Reservations of other requests are released when their answers end.
    return limited(429, "budget_reserved", "budget", `team ${team.team}: this request may cost ${dollars(amount)}, and requests that ` +
      `are under way have reserved what is left of the month's budget of ${dollars(budget)}; try again, or set a smaller output limit`,
    { "retry-after": "2" });
  }
  const reset = new Date(now + secondsLeft(now) * 1000).toISOString().slice(0, 10);
  const why = spent >= budget
    ? `has spent its budget of ${dollars(budget)} for this month`
    : `has ${dollars(budget - spent)} of its budget of ${dollars(budget)} left for this month, and this request may cost ${dollars(amount)}`;
  return limited(429, "budget_exceeded", "budget", `team ${team.team} ${why}; the next month begins on ${reset} (UTC)`, {
    "retry-after": String(secondsLeft(now)),
    "x-should-retry": "false",
  });
}

export function overRate(team, unit, waitUs, headers) {
  const seconds = Math.max(1, Math.ceil(waitUs / 1e6));
  const limit = team[`${unit}_per_minute`];
  return limited(429, "rate_limit_exceeded", unit, `team ${team.team} has reached its ${limit} ${unit} per minute; try again in ${seconds} s`, {
    ...headers,
    "retry-after": String(seconds),
  });
}

export function unbounded(team, what, setting = "allow_unbounded_requests") {
  return limited(400, "unbounded_request", "unbounded", `team ${team.team} has a budget, and nothing in the request bounds its cost: it has ` +
    `${what}; leave that out, or set ${setting} = True in the gateway's settings`, {});
}

export const TABLE = "the table of budgets and limits";

export const unreachable = (store = TABLE) =>
  limited(503, "limits_unavailable", "", `${store} cannot be reached; try again`, { "retry-after": "5" });
