// Prices of tokens, in integer micro-dollars for a million tokens.

const MILLION = 1_000_000;

// "*" is any number of characters, "#" one digit.
function matcher(pattern) {
  const text = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("#", "\\d");
  return new RegExp(`^${text}$`);
}

// Finds the price of `<provider>/<model>`: an exact name first, then the longest matching pattern.
export function makePrices(document) {
  const patterns = Object.keys(document).filter((key) => /[*#]/.test(key));
  const matchers = patterns.sort((a, b) => b.length - a.length).map((key) => [matcher(key), document[key]]);
  const known = new Map();
  return (provider, model) => {
    const name = `${provider}/${model}`.toLowerCase();
    if (Object.hasOwn(document, name)) return document[name];
    if (!known.has(name)) {
      // Callers choose the names, so the cache is bounded.
      if (known.size > 1000) known.clear();
      known.set(name, matchers.find(([expression]) => expression.test(name))?.[1] ?? null);
    }
    return known.get(name);
  };
}

// The price on a day (UTC): `later` has prices with their start dates, ascending.
function onDay(price, now) {
  const today = new Date(now).toISOString().slice(0, 10);
  return (price.later ?? []).filter(([from]) => from <= today).at(-1)?.[1] ?? price;
}

// The prices that may apply to a request with up to so many input tokens: the base price, and those in `above` whose threshold it
// exceeds.
const steps = (price, input) => [price, ...(price.above ?? []).filter(([above]) => input > above).map(([, one]) => one)];

function sum(price, { input = 0, cached = 0, written = 0, written_1h = 0, output = 0 }) {
  const write = price.cache_write ?? price.input;
  return (input - cached - written - written_1h) * price.input + cached * (price.cached_input ?? price.input) +
    written * write + written_1h * (price.cache_write_1h ?? write) + output * price.output;
}

// The cost of usage in micro-dollars, rounded up. `input` includes tokens read from and written to the provider's cache.
export function costOf(price, usage, now = Date.now()) {
  return Math.ceil(sum(steps(onDay(price, now), usage.input ?? 0).at(-1), usage) / MILLION);
}

// The highest cost of a request with at most so many tokens. `caching`: it may write to the provider's cache.
export function mostOf(price, { input, output, caching }, now = Date.now()) {
  const costs = steps(onDay(price, now), input).map((one) => {
    const writes = caching ? [one.cache_write ?? 0, one.cache_write_1h ?? 0] : [];
    return input * Math.max(one.input, one.cached_input ?? 0, ...writes) + output * one.output;
  });
  return Math.ceil(Math.max(...costs) / MILLION);
}
