// Whether a stream of events is complete: only the API's last event counts, never text inside another event.
const MOST_EVENT = 8 * 2 ** 20;
const RESPONSES_ENDS = new Set(["response.completed", "response.failed", "response.incomplete", "error"]);

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

// For chat and completions, where some providers send no [DONE]: every choice has a finish reason.
function choices(wanted) {
  const [seen, finished] = [new Set(), new Set()];
  return (document) => {
    for (const choice of Array.isArray(document?.choices) ? document.choices : []) {
      seen.add(choice?.index ?? 0);
      if (typeof choice?.finish_reason === "string" && choice.finish_reason) finished.add(choice.index ?? 0);
    }
    return finished.size >= Math.max(wanted, seen.size);
  };
}

export function streamEnd(path, wanted = 1) {
  const allFinished = choices(wanted);
  let rest = "";
  let data = [];
  let last = false; // the API's last event has arrived
  let finished = false; // every choice has a finish reason

  function event() {
    const text = data.join("\n").trim();
    data = [];
    if (!text || last) return;
    if (path === "/v1/messages" || path === "/v1/responses") {
      const type = parsed(text)?.type;
      last = path === "/v1/messages" ? type === "message_stop" || type === "error" : RESPONSES_ENDS.has(type);
    } else if (text === "[DONE]") last = true;
    else if (text.includes('"choices"') || text.includes('"error"')) {
      const document = parsed(text);
      last = typeof document?.error === "object" && document.error !== null;
      finished = allFinished(document);
    }
  }

  function line(text) {
    if (text === "") event();
    else if (text.startsWith("data:")) data.push(text.slice(5));
  }

  return {
    // Whether the API's last event has been passed on. SDKs close the connection as soon as they have it.
    get seen() {
      return last;
    },
    add(chunk) {
      if (last) return;
      const lines = (rest + Buffer.from(chunk).toString("latin1")).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      lines.forEach(line);
      if (rest.length > MOST_EVENT) rest = "";
    },
    // Where the provider broke off the connection, only the last event counts.
    ended(broke) {
      line(rest.replace(/\r$/, ""));
      rest = "";
      event();
      return last || (finished && !broke);
    },
  };
}
