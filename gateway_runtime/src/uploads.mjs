// Uploads in progress, and which of them is ended when memory is needed, so that a slow caller does not block others.
import { GatewayError } from "./errors.mjs";

// Bytes per second. A slower upload may be ended when another request needs its memory.
const SLOW_RATE = 128 * 1024;
const YOUNGEST_MS = 1000;
// The rate of an upload is 0 when nothing has arrived for this long.
const STILL_MS = 2000;
// An upload is ended when nothing has arrived for this long, even if its memory is not needed.
export const STALL_MS = 20_000;
// Uploads of a caller who holds more than this share of the memory may be ended for other callers, at any rate.
const CALLERS_SHARE = 0.5;
const CLOSE = { connection: "close" };

export const stalled = () =>
  new GatewayError(408, "upload_stalled", `nothing of the request's body arrived for ${STALL_MS / 1000} s`, CLOSE);
const gaveWay = () =>
  new GatewayError(503, "overloaded", "this upload was slow and its memory was needed; try again", { "retry-after": "1", ...CLOSE });

// One upload. `held()` is its memory, `end(error)` releases the memory and refuses the request.
export function makeUpload({ caller, held, end, now = () => performance.now() }) {
  const began = now();
  let size = 0;
  let last = began;
  let [from, middle] = [{ at: began, size }, { at: began, size }];
  return {
    caller,
    held,
    grown(to) {
      size = to;
      last = now();
      if (now() - middle.at < YOUNGEST_MS) return;
      from = middle;
      middle = { at: now(), size };
    },
    get age() {
      return now() - began;
    },
    // Bytes per second, over the last seconds.
    get rate() {
      if (now() - last > STILL_MS) return 0;
      return ((size - from.size) * 1000) / Math.max(1, now() - from.at);
    },
    giveWay: () => end(gaveWay()),
  };
}

export function makeUploads(most) {
  const all = new Set();
  const slowest = (self) =>
    [...all]
      .filter((one) => one !== self && one.age > YOUNGEST_MS && one.rate < SLOW_RATE)
      .reduce((least, one) => (least === undefined || one.rate < least.rate ? one : least), undefined);

  function ofGreedyCaller(caller) {
    const sums = new Map();
    for (const one of all) sums.set(one.caller, (sums.get(one.caller) ?? 0) + one.held());
    return [...all].find((one) => one.caller !== caller && sums.get(one.caller) > most * CALLERS_SHARE);
  }

  return {
    add: (upload) => all.add(upload),
    delete: (upload) => all.delete(upload),
    // Ends one upload to make room for a request of `caller`; false where there is none to end.
    makeRoom(caller, self) {
      const chosen = slowest(self) ?? ofGreedyCaller(caller);
      if (!chosen) return false;
      all.delete(chosen);
      chosen.giveWay();
      return true;
    },
  };
}
