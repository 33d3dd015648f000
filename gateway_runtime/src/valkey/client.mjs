// A client of one Valkey server: connects on demand, and again after the connection is lost.
import { CLOSED, makeLink } from "./link.mjs";

// Timeout of a command, including the connection that it may have to wait for.
const COMMAND_MS = 1500;
// ElastiCache closes a connection 12 hours after it authenticated, so it is replaced before then.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html#auth-iam-limits
const RENEWED_MS = 6 * 3_600_000;
// How often a command is sent when the connection is lost each time.
const TRIES = 3;
// After this many consecutive failures, Valkey counts as unavailable for this long, and no request waits for it.
const FAILURES = 3;
const AWAY_MS = 1000;
// After a failover the old primary is a replica, and its name resolves to the new primary.
const MOVED = new Set([CLOSED, "ECONNRESET", "EPIPE", "READONLY", "NOAUTH", "MASTERDOWN", "LOADING"]);

const timedOut = () => Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });

// `connect()` returns a connecting socket, `greeting()` resolves to the parts of the command that authenticates.
export function makeClient({ connect, greeting, failed = () => {}, now = Date.now, commandMs = COMMAND_MS }) {
  let link = null;
  let since = 0;
  let [failures, last] = [0, -Infinity];

  function linked() {
    if (link && !link.dead && now() - since < RENEWED_MS) return link;
    link?.leave();
    since = now();
    link = makeLink(connect(), greeting);
    return link;
  }

  async function attempts(parts, deadline) {
    for (let left = TRIES; ; left -= 1) {
      const used = linked();
      const timer = setTimeout(() => used.end(timedOut()), Math.max(1, deadline - performance.now()));
      try {
        await used.ready;
        return await used.send(parts);
      } catch (error) {
        if (MOVED.has(error.code)) used.end(error);
        // The server may have run the command before the connection was lost: running it twice can only take more units than were used.
        if (left === 1 || !MOVED.has(error.code)) throw error;
      } finally {
        clearTimeout(timer);
      }
    }
  }

  return {
    // Whether it counts as unavailable: the last calls failed, and the latest of them recently.
    get away() {
      return failures >= FAILURES && now() - last < AWAY_MS;
    },
    // Resolves to the reply; rejects with the server's ReplyError, or the connection's error.
    async call(...parts) {
      try {
        const found = await attempts(parts, performance.now() + commandMs);
        failures = 0;
        return found;
      } catch (error) {
        if (error.code === "NOSCRIPT") failures = 0;
        else {
          failures += 1;
          last = now();
          failed(error);
        }
        throw error;
      }
    },
    close: () => link?.end(new Error("closed")),
  };
}
