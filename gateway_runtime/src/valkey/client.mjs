// A client of one Valkey: a connection that is made when it is needed and again when it is lost.
import { CLOSED, makeLink } from "./link.mjs";

// A command, with the connection that it may have to wait for.
const COMMAND_MS = 1500;
// ElastiCache closes a connection 12 hours after its token was shown, so it is replaced before.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html#auth-iam-limits
const RENEWED_MS = 6 * 3_600_000;
// How often a command is sent, where each connection is lost under it.
const TRIES = 3;
// After so many failures one after the other, nothing waits for it for this long: it is known to be away.
const FAILURES = 3;
const AWAY_MS = 1000;
// After a failover the old primary is a replica, and its name leads to the new one.
const MOVED = new Set([CLOSED, "ECONNRESET", "EPIPE", "READONLY", "NOAUTH", "MASTERDOWN", "LOADING"]);

const timedOut = () => Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });

// `connect()` returns a socket that is being connected, `greeting()` resolves to the parts of the command that signs in.
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
        // Where the connection was lost under the command, the server may have run it: another run errs on the strict side.
        if (left === 1 || !MOVED.has(error.code)) throw error;
      } finally {
        clearTimeout(timer);
      }
    }
  }

  return {
    // Whether the last calls have failed, and the last of them a moment ago.
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
