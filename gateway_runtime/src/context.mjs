// What is known about the request that is being answered, wherever in the process it is asked for.
import { AsyncLocalStorage } from "node:async_hooks";

const store = new AsyncLocalStorage();

export const current = () => store.getStore();
export const within = (context, run) => store.run(context, run);

export function makeContext(request, id) {
  const controller = new AbortController();
  return {
    id,
    began: performance.now(),
    method: request.method,
    path: "",
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    attempts: 0,
    bytes_in: 0,
    bytes_out: 0,
    provider_request_id: "",
    shape: "openai",
    reason: "",
  };
}
