// When a request is over: its answer or its connection has closed. A pipelined answer that still waits for its turn has
// no socket, and Node never closes it.
const open = new WeakMap();

function endingsOf(socket) {
  let endings = open.get(socket);
  if (!endings) {
    open.set(socket, (endings = new Set()));
    socket.once("close", () => {
      for (const end of [...endings]) end();
    });
  }
  return endings;
}

// Whether an answer has begun on a connection; then nothing else may be written to it.
export const answering = (socket) => [...(open.get(socket) ?? [])].some(({ response }) => response.headersSent);

// Calls `over` once, when the request is over.
export function whenOver(request, response, over) {
  const endings = endingsOf(request.socket);
  const end = () => {
    if (!endings.delete(end)) return;
    over();
  };
  end.response = response;
  endings.add(end);
  // Before the instrumentation's own listener, which ends the request's span.
  response.prependOnceListener("close", end);
  if (request.socket.destroyed) end();
}
