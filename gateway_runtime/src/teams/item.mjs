// This process's writes to one item. Waiting operations are joined into one write; each write applies exactly once, even if an
// answer is lost.
import { CONDITION } from "./table.mjs";

const MOST_JOINED = 250;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [20, 2000];
// How long operations that no caller waits for are retried.
const PATIENCE_MS = 600_000;

// Timers are unreferenced: they do not keep the process alive.
const pauseOf = (ms) => new Promise((done) => setTimeout(done, ms * (0.5 + Math.random() / 2)).unref());

// The item has a mark for each gateway process, `g_<id>`, with the number `n` of its last write. A write requires the mark's last
// number as its condition, so it applies once; after a lost answer, the mark shows which of the tried writes was applied.
//
// `plan(operations, state, { mark, fresh, now, lives })` returns the `operations` in the next write, its `update`, what
// the mark stores (`kept`), `refused` as pairs of operation and error, and `doubtful`: plan again on a state that was just read.
// An operation has done(state) and fail(error). With `gone`, its caller has given up, and undo() reverts it once it is applied.
export function makeItem({ table, key, gateway, plan, now = Date.now }) {
  const mark = `g_${gateway}`;
  let queue = [];
  let state; // as last seen
  let applied = 0; // the number in the mark; 0: the item has no mark
  let number = 0;
  let lives = 0; // how often another gateway expired this mark: its number is then negative, or the mark is removed
  let running = null;
  let timer = null;

  function finish(operations) {
    for (const one of operations) {
      if (one.gone) one.undo?.();
      else one.done(state);
    }
  }

  // Stores the item's current state; returns the operations of the tried write that it shows as applied.
  function learn(item, tried) {
    state = item;
    const found = item[mark]?.n ?? 0;
    if (found !== applied && found <= 0) lives += 1;
    applied = found;
    return tried.get(Math.abs(found));
  }

  async function commit(waiting) {
    const tried = new Map();
    const began = now();
    let [fresh, pause] = [false, FIRST_PAUSE_MS];
    const settled = (operations) => {
      finish(operations);
      waiting = waiting.filter((one) => !operations.includes(one));
      tried.clear();
    };
    const reread = async (item) => {
      const shown = learn(item ?? (await table.get(key)), tried);
      fresh = true;
      if (shown) settled(shown);
    };
    for (;;) {
      const inDoubt = new Set([...tried.values()].flat());
      waiting = waiting.filter((one) => !one.gone || inDoubt.has(one));
      if (!waiting.length) return;
      try {
        if (tried.size && !fresh) {
          await reread();
          continue;
        }
        // Where all callers have given up, an empty write uses up the number, so that none of the tried writes can apply later.
        const open = waiting.filter((one) => !one.gone);
        const made = plan(open, state ?? {}, { mark, fresh, now: now(), lives });
        if (made.doubtful && !fresh) {
          await reread();
          continue;
        }
        for (const [one, error] of made.refused) one.fail(error);
        waiting = waiting.filter((one) => !made.refused.some(([refused]) => refused === one));
        if (!made.operations.length && !tried.size) return;
        number += 1;
        tried.set(number, made.operations);
        const { conditions = [], set = {}, values = {}, ...rest } = made.update;
        const own = applied ? `#${mark}.#n = :applied` : `attribute_not_exists(#${mark})`;
        state = await table.update(key, {
          ...rest,
          set: { ...set, [mark]: { n: number, ...made.kept } },
          conditions: [...conditions, own],
          values: { ...values, ...(applied ? { applied } : {}) },
        });
        applied = number;
        settled(made.operations);
        return;
      } catch (error) {
        fresh = false;
        if (error.code === CONDITION) {
          // This write was not applied; an earlier one may have been.
          await reread(error.item).catch(() => {});
          if (fresh) continue;
        }
        if (now() - began > PATIENCE_MS) {
          for (const one of waiting) if (!one.gone) one.fail(error);
          return;
        }
        await pauseOf(pause);
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
  }

  async function run() {
    while (queue.length) await commit(queue.splice(0, MOST_JOINED));
    running = null;
  }

  function start() {
    clearTimeout(timer);
    timer = null;
    running ??= Promise.resolve().then(run);
  }

  return {
    get state() {
      return state;
    },
    get lives() {
      return lives;
    },
    get idle() {
      return !running && !queue.length;
    },
    // `patienceMs`: how long the operation may wait to be joined with others.
    push(operation, patienceMs = 0) {
      queue.push(operation);
      if (!patienceMs) start();
      else if (!running) timer ??= setTimeout(start, patienceMs).unref();
    },
    // Resolves when all waiting operations have been written or given up.
    async flush() {
      while (queue.length || running) {
        start();
        await running;
      }
    },
  };
}
