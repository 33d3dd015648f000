// The tokens that each call of a provider used: the provider's own numbers, or an estimate from what arrived.
import { outgoingLimit, tokensOf } from "./bounds.mjs";
import { makeUsageReader } from "./usage_reader.mjs";

// Errors before anything was sent: no connection was made.
const NOT_SENT = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT",
  "ERR_GATEWAY_REFUSED_ADDRESS", "ERR_GATEWAY_NOT_SIGNED", "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "SELF_SIGNED_CERT_IN_CHAIN"]);
// Reasoning tokens that a model may generate, and bill, before its first text; tokens per second.
const UNSEEN_PER_SECOND = 50;
const IN_PATH = /\/(?:models?|deployments)\/([^/:]+(?::[^/:]+)?)(?=[/:]|$)/;

function parsed(body) {
  try {
    return typeof body === "string" ? JSON.parse(body) ?? {} : {};
  } catch {
    return {};
  }
}

// The model in a provider's path: Google's, Bedrock's, Azure's.
function modelInPath(url) {
  const found = IN_PATH.exec(url.pathname)?.[1];
  try {
    return found ? decodeURIComponent(found).replace(/:[a-z]+[A-Z]\w*$/, "") : "";
  } catch {
    return "";
  }
}

// `candidates` are the targets that a request may use, each with provider, model and key.
export function makeAttempt({ url, headers, body, candidates, asked }) {
  const document = parsed(body);
  const sent = [...headers.values()];
  const named = [typeof document.model === "string" ? document.model : "", modelInPath(url)].filter(Boolean);
  const model = named[0] ?? "";
  const ofKey = candidates.filter(({ key }) => !key || sent.some((value) => value.includes(key)));
  const target = ofKey.find((one) => one.model === model) ?? ofKey[0] ?? candidates[0];
  const began = performance.now();
  let ended;
  let state = "sent";
  let status = 0;
  let reader = null;
  return {
    provider: target?.provider ?? "",
    model: model || target?.model || asked,
    // The models in the outgoing request: in its body, and in its path (an Azure deployment).
    named,
    limit: outgoingLimit(document),
    get status() {
      return status;
    },
    answered(response) {
      status = response.status;
      state = status < 400 ? "answered" : "refused";
      if (state === "answered") reader = makeUsageReader(response.headers);
      return reader;
    },
    failed(code) {
      ended ??= performance.now();
      if (state === "sent" && NOT_SENT.has(code)) state = "unsent";
    },
    // Whether the call may be billed: not where nothing was sent, or where the answer is an error.
    get paid() {
      return state === "sent" || state === "answered";
    },
    // {usage, exact, model}, or null where it cost nothing. `estimate` and `most` are the request's input and output tokens.
    used({ estimate, most }) {
      if (!this.paid) return null;
      const found = reader?.result ?? { usage: null, whole: false, model: "", characters: 0, events: 0, first: undefined };
      if (found.whole) return { usage: found.usage, exact: true, model: found.model };
      const seconds = ((found.first ?? ended ?? performance.now()) - began) / 1000;
      const output = Math.max(found.usage?.output ?? 0, tokensOf(found.characters, found.events) + Math.round(seconds * UNSEEN_PER_SECOND));
      const usage = { input: estimate, cached: 0, written: 0, written_1h: 0, reasoning: 0, ...found.usage };
      return { usage: { ...usage, output: most === null ? output : Math.min(output, most) }, exact: false, model: found.model };
    },
  };
}
