// Every request to a provider: where it may go, when it times out, and which parts of the answer are returned.
import { answerMeter } from "./answer_limits.mjs";
import { bedrockRegion, sign } from "./bedrock.mjs";
import { current } from "./context.mjs";
import { isInference } from "./paths.mjs";
import { isInferenceUrl } from "./provider_paths.mjs";
import { called } from "./provider_call.mjs";
import { wholeAnswer } from "./responses.mjs";
import { awaited, remember } from "./retry_after.mjs";
import { makeOutgoing } from "./outgoing.mjs";
import { isProviderHost } from "./provider_hosts.mjs";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// Headers that reveal the organization of the server's key, or a session with the provider.
const PRIVATE_HEADERS = ["set-cookie", "openai-organization", "openai-project", "anthropic-organization-id"];
const PROVIDER_IDS = ["x-request-id", "request-id", "x-amzn-requestid", "apim-request-id"];
const TIMEOUT_CODES = new Set(["UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);

export function failure(status, code, message) {
  const body = JSON.stringify({ error: { message, type: "gateway_error", param: null, code } });
  return new Response(body, { status, headers: { "content-type": "application/json" } });
}

function causeCode(error) {
  for (let cause = error; cause; cause = cause.cause) if (cause.code) return String(cause.code);
  return error?.name ?? "unknown";
}

// Reads the answer's body and notes how it ended: Portkey ends a broken stream as if it were complete.
function taking(context) {
  return (answer) => {
    if (!context) return {};
    const json = /^application\/json/i.test(answer.headers.get("content-type") ?? "");
    const whole = json && !context.streams;
    return {
      whole,
      excess: answerMeter(answer, context),
      broken(error) {
        if (context.over) return;
        context.failure = error.refused;
        if (!whole) context.broke = causeCode(error);
        else context.failure ??= [502, "provider_broke_off", "the provider broke off its answer"];
      },
    };
  };
}

function cleaned({ status, headers, body }, context) {
  if (context) context.provider_request_id = PROVIDER_IDS.map((name) => headers.get(name)).find(Boolean) ?? "";
  // The body is already decoded.
  for (const name of [...PRIVATE_HEADERS, "content-encoding", "content-length"]) headers.delete(name);
  const empty = [204, 205, 304].includes(status);
  if (Buffer.isBuffer(body) && !empty) return wholeAnswer(body.toString("utf8"), { status, headers });
  return new Response(empty ? null : body, { status, headers });
}

// A redirect is not followed: it could lead to any host. No API answers with an HTML page; a proxy in between does.
function unusable(answer) {
  if (REDIRECTS.has(answer.status)) return [502, "provider_redirect", "the provider answered with a redirect"];
  const page = answer.status < 300 && /^text\/html/i.test(answer.headers.get("content-type") ?? "");
  return page ? [502, "provider_bad_answer", "the provider answered with a page instead of JSON"] : null;
}

// Google's key is moved to a header: a URL is in every log and span on the way. Portkey appends the key as the last parameter.
function withoutKeyInUrl(url, headers) {
  const key = url.hostname.endsWith(".googleapis.com") && url.searchParams.getAll("key").at(-1);
  if (!key) return;
  headers.set("x-goog-api-key", key);
  url.searchParams.delete("key");
}

// The security group allows no other port: a connection would only time out.
const portOf = (url) => Number(url.port || (url.protocol === "https:" ? 443 : 80));

function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

// Portkey sends these where it found no key, e.g. where the key is in a header that the provider does not read.
const noKey = (headers) =>
  ["authorization", "x-api-key", "api-key", "x-goog-api-key"].some((name) =>
    /^(bearer|basic|key|token)?\s*(undefined|null)?$/i.test(headers.get(name)?.trim() ?? "a key"));

// Whether a URL contains one of the server's keys, plain or encoded.
const holdsKey = (url, keys) => [url.href, decoded(url.href)].some((text) => keys.some((key) => text.includes(key)));

export function makeProviderFetch(settings, opened, { agents, credentials } = makeOutgoing(settings)) {
  const trusted = new Set([...settings.trusted_hosts, ...opened]);
  const allowed = (url) =>
    settings.egress_ports.includes(portOf(url)) &&
    (trusted.has(url.hostname) ||
      (url.protocol === "https:" && (settings.allow_public_hosts || (url.port === "" && isProviderHost(url.hostname)))));

  async function signed(url, init, headers) {
    const region = bedrockRegion(url, settings.aws_dns_suffix);
    if (!region) return null;
    const more = sign({
      method: init.method ?? "GET",
      url,
      body: init.body,
      contentType: headers.get("content-type") ?? "application/json",
      region,
      credentials: await credentials(),
    });
    return { headers: more, dispatcher: agents.aws(url.hostname) };
  }

  return async function providerFetch(input, init = {}) {
    const context = current();
    const text = typeof input === "string" || input instanceof URL ? String(input) : input.url;
    const url = URL.canParse(text) ? new URL(text) : null;
    const headers = new Headers(init.headers ?? (input instanceof Request ? input.headers : undefined));
    let dispatcher = agents.provider;
    if (context?.over) return failure(499, "caller_left", "the caller has closed the connection");
    if (!url || !allowed(url)) {
      if (context) context.failure = [400, "host_not_allowed", "this host or port is none of a provider's; see trusted_custom_hosts and gateway_egress_ports"];
      return failure(400, "host_not_allowed", "this host or port is none of a provider's");
    }
    withoutKeyInUrl(url, headers);
    const misled = settings.routes && context && isInference(context.path) && !isInferenceUrl(url);
    if (misled || holdsKey(url, settings.server_keys)) {
      const refused = [400, "bad_model", "this model leads to no path of inference at the provider"];
      if (context) context.failure = refused;
      return failure(...refused);
    }
    const byTaskRole = [...headers.values()].some((value) => value.includes(settings.task_role_marker));
    if (!byTaskRole && noKey(headers)) {
      const refused = [401, "no_provider_key", "no key for this provider: put it into x-portkey-api-key or Authorization"];
      if (context) context.failure = refused;
      return failure(...refused);
    }
    let answer;
    try {
      if (byTaskRole) {
        const ready = await signed(url, init, headers);
        if (!ready) throw Object.assign(new Error("not a Bedrock endpoint"), { code: "ERR_GATEWAY_NOT_SIGNED" });
        headers.delete("authorization");
        for (const [name, value] of Object.entries(ready.headers)) headers.set(name, value);
        dispatcher = ready.dispatcher;
      }
      const busy = await awaited(context, url, headers);
      if (busy) return failure(busy, "provider_busy", "the provider asks to wait longer than this gateway does");
      const hindered = await context?.spending?.begin(url, headers, init.body);
      if (hindered) {
        context.failure = hindered;
        return failure(...hindered);
      }
      if (context) {
        context.attempts += 1;
        delete context.broke;
        delete context.failure;
        delete context.timed_out;
      }
      answer = await called(dispatcher, url, {
        method: init.method ?? "GET",
        headers,
        body: init.body,
        timeout: init.signal,
        onEnd: context?.onEnd,
        opened: taking(context),
      });
    } catch (error) {
      if (context?.over) return failure(499, "caller_left", "the caller has closed the connection");
      // The timeout of a target: Portkey turns it into a 408.
      if (init.signal?.aborted && error === init.signal.reason) {
        if (context) context.timed_out = true;
        throw error;
      }
      const code = causeCode(error);
      context?.spending?.failed(code);
      const [status, name, message] = context?.failure ?? (TIMEOUT_CODES.has(code)
        ? [504, "provider_timeout", "the provider did not answer in time"]
        : code === "ERR_GATEWAY_REFUSED_ADDRESS"
          ? [502, "address_not_allowed", "the provider's host is not at a public address"]
          : [502, "provider_unreachable", "the provider could not be reached or broke off its answer"]);
      if (context) {
        context.failure = [status, name, message];
        context.reason = code;
      }
      return failure(status, name, message);
    }
    remember(context, url, headers, answer);
    if (context) {
      context.provider_status = answer.status;
      context.reason = "";
    }
    const instead = unusable(answer);
    if (!instead) return cleaned(answer, context);
    if (!Buffer.isBuffer(answer.body)) await answer.body?.cancel().catch(() => {});
    if (context) context.failure = instead;
    return failure(...instead);
  };
}
