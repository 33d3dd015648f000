// When a request is over: its answer has closed, or its connection has. A pipelined answer that still waits for the connection
// belongs to no socket, and Node never closes it.
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

// Whether an answer has begun on a connection: nothing else may be written into it.
export const answering = (socket) => [...(open.get(socket) ?? [])].some(({ response }) => response.headersSent);

// Calls `over` once.
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
