// One connection to Valkey: replies come in the order of the commands, and when it ends all waiting commands fail.
import { ReplyError, command, reply } from "./resp.mjs";

// The replies to the gateway's commands are a few hundred bytes.
const MOST_BYTES = 65_536;

export const CLOSED = "ECONNCLOSED";

const closed = () => Object.assign(new Error("the connection was closed"), { code: CLOSED });

// `socket` is a connecting TLS socket. `greeting()` resolves to the first command's parts.
export function makeLink(socket, greeting) {
  const waiting = [];
  let rest = Buffer.alloc(0);
  let dead = null;
  let leaving = false;

  function end(error) {
    if (dead) return;
    dead = error;
    for (const { fail } of waiting.splice(0)) fail(error);
    socket.destroy();
  }

  function take(chunk) {
    rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
    let at = 0;
    for (let found = reply(rest, at); found; found = reply(rest, at)) {
      at = found.next;
      if (found.push) continue;
      const one = waiting.shift();
      if (!one) throw new TypeError("a reply to nothing");
      if (found.value instanceof ReplyError) one.fail(found.value);
      else one.done(found.value);
    }
    rest = rest.subarray(at);
    if (rest.length > MOST_BYTES) throw new TypeError("a reply that is too long");
    if (leaving && !waiting.length) end(closed());
  }

  function send(parts) {
    return new Promise((done, fail) => {
      if (dead) return fail(dead);
      waiting.push({ done, fail });
      return socket.write(command(parts));
    });
  }

  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  socket.on("data", (chunk) => {
    try {
      take(chunk);
    } catch (error) {
      end(error);
    }
  });
  socket.on("error", end);
  socket.on("close", () => end(closed()));
  const connected = new Promise((done, fail) => {
    socket.once("secureConnect", done);
    socket.once("close", () => fail(dead));
  });
  // Both at once: the token is created while the socket connects.
  const ready = Promise.all([greeting(), connected]).then(([parts]) => send(parts));
  ready.catch(end);

  return {
    // Resolves when the server has accepted the greeting.
    ready,
    get dead() {
      return Boolean(dead);
    },
    send,
    end,
    // Closes the connection once all waiting commands are answered.
    leave() {
      leaving = true;
      if (!waiting.length) end(closed());
    },
  };
}
