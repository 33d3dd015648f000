// One item's writes from this process. What waits is joined into one write; each write counts once, whatever is lost on the way.
import { CONDITION } from "./table.mjs";

const MOST_JOINED = 250;
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [20, 2000];
// What is not a caller's to wait for is tried for so long.
const PATIENCE_MS = 600_000;

// What waits keeps no process alive.
const pauseOf = (ms) => new Promise((done) => setTimeout(done, ms * (0.5 + Math.random() / 2)).unref());

// The item has a mark of each gateway, `g_<id>` with the number `n` of its last write. A write has the mark's last number as
// its condition, so it applies once, and after a lost answer the mark says which of the writes that were tried it was.
//
// `plan(operations, state, { mark, fresh, now, lives })` returns the operations that the next write holds, its `update`, what
// the mark keeps (`kept`), `refused` as pairs of operation and error, and `doubtful`: to be planned again on a state just read.
// An operation has done(state) and fail(error); where `gone` is set it has no one waiting, and undo() takes it back.
export function makeItem({ table, key, gateway, plan, now = Date.now }) {
  const mark = `g_${gateway}`;
  let queue = [];
  let state; // as last seen
  let applied = 0; // the number in the mark; 0: there is none
  let number = 0;
  let lives = 0; // how often others took what the mark held for lost: its number is negative then, or the mark is removed
  let running = null;
  let timer = null;

  function finish(operations) {
    for (const one of operations) {
      if (one.gone) one.undo?.();
      else one.done(state);
    }
  }

  // Takes in what the item is by now; returns the operations of the tried write that it shows.
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
        // Where all have given up, an empty write takes the number, so that none of theirs can arrive later.
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
          // None of this try's is in the item; an earlier one's may be.
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
    // `patienceMs`: how long it may wait for others to go with it.
    push(operation, patienceMs = 0) {
      queue.push(operation);
      if (!patienceMs) start();
      else if (!running) timer ??= setTimeout(start, patienceMs).unref();
    },
    // Resolves when all that waited has been written or given up.
    async flush() {
      while (queue.length || running) {
        start();
        await running;
      }
    },
  };
}
