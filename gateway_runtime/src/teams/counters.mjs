// Usage counters of each team, model and month.
import { makeItem } from "./item.mjs";
import { expiryOf, monthOf } from "./months.mjs";
import { MOST_SWEPT } from "./team_plan.mjs";

const MARK_SECONDS = 3600;
const MOST_ITEMS = 2000;

function countPlan(month) {
  return (operations, state, { mark, now }) => {
    const add = {};
    for (const { counts } of operations) {
      for (const [name, value] of Object.entries(counts)) if (value) add[name] = (add[name] ?? 0) + value;
    }
    const [remove, conditions, values] = [[], [], {}];
    for (const [name, entry] of Object.entries(state)) {
      if (!name.startsWith("g_") || name === mark || entry.at + MARK_SECONDS > now / 1000 || remove.length === MOST_SWEPT) continue;
      remove.push(name);
      conditions.push(`#${name}.#n = :n_${name}`);
      values[`n_${name}`] = entry.n;
    }
    return {
      operations,
      refused: [],
      doubtful: false,
      update: { add, set: { expires_at: expiryOf(month) }, remove, conditions, values },
      kept: { at: Math.floor(now / 1000) },
    };
  };
}

export function makeCounters({ table, gateway, lost = () => {}, now = Date.now }) {
  const items = new Map();
  return {
    // Adds to the counters of a team, a model (`<provider>/<name>`) and the month in which the request started.
    add(team, model, at, counts) {
      const key = { pk: `usage#${team}`, sk: `${monthOf(at)}#${model}` };
      const name = `${key.pk} ${key.sk}`;
      if (!items.has(name)) {
        if (items.size >= MOST_ITEMS) for (const [other, item] of items) if (item.idle) items.delete(other);
        items.set(name, makeItem({ table, key, gateway, plan: countPlan(monthOf(at)), now }));
      }
      items.get(name).push({ counts, done() {}, fail: lost });
    },
    flush: () => Promise.all([...items.values()].map((item) => item.flush())),
  };
}
