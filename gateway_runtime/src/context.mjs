// The current request's context, available anywhere in the process.
import { AsyncLocalStorage } from "node:async_hooks";

const store = new AsyncLocalStorage();

export const current = () => store.getStore();
export const within = (context, run) => store.run(context, run);

export function makeContext(request, id) {
  const waiting = new Set();
  let over = false;
  return {
    id,
    began: performance.now(),
    method: request.method,
    path: "",
    // Whether the answer or its connection has ended.
    get over() {
      return over;
    },
    // Calls `run` when it ends. Returns a function that cancels this.
    onEnd(run) {
      if (over) run();
      else waiting.add(run);
      return () => waiting.delete(run);
    },
    close() {
      over = true;
      for (const run of [...waiting]) run();
      waiting.clear();
    },
    attempts: 0,
    bytes_in: 0,
    bytes_out: 0,
    provider_request_id: "",
    shape: "openai",
    reason: "",
  };
}
