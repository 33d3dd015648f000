// Checks every request before Portkey gets it: path, headers, body, memory. Writes its line in the access log.
import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import { accessLine, clientAddress } from "./access_log.mjs";
import { refuse, wrapAnswer } from "./answers.mjs";
import { charge, makeBudget, readBody } from "./bodies.mjs";
import { plainHeaders } from "./caller_rules.mjs";
import { makeContext, within } from "./context.mjs";
import { parseJson, readForm } from "./documents.mjs";
import { whenOver } from "./endings.mjs";
import { GatewayError, shapeOf } from "./errors.mjs";
import { checkedModel } from "./models.mjs";
import { checkPlainPath, checkRoutedPath, isInference, takesJson } from "./paths.mjs";
import { modelsDocument, routedHeaders } from "./routing.mjs";
import { checkFormNames, withoutStoredItems } from "./stored_items.mjs";
import { claims } from "./tokens.mjs";

// A WebSocket API: Portkey would never answer a request without an upgrade.
const REALTIME = "/v1/realtime";

// Portkey reads only method, URL, headers and body. The Host header is replaced, whatever the caller sent.
function handedOver(request, { url, headers, body }) {
  const incoming = new Readable({
    read() {
      if (body?.length) this.push(body);
      this.push(null);
    },
  });
  const all = [["host", "gateway.internal"], ...headers.filter(([name]) => name !== "host")];
  if (body?.length) all.push(["content-length", String(body.length)]);
  return Object.assign(incoming, {
    method: request.method,
    url,
    httpVersion: request.httpVersion,
    socket: request.socket,
    headers: Object.fromEntries(all),
    rawHeaders: all.flatMap(([name, value]) => (Array.isArray(value) ? value.flatMap((one) => [name, one]) : [name, value])),
  });
}

function checkContent(request, path) {
  const type = request.headers["content-type"]?.split(";")[0].trim().toLowerCase();
  if (takesJson(path) && type && type !== "application/json") {
    throw new GatewayError(415, "unknown_content_type", `${path} takes application/json`);
  }
  return type ?? "";
}

export function makeFront({ settings, router, teams, draining, write }) {
  const budget = makeBudget(settings.in_flight_mib);

  // The caller. With teams the token is verified here; without, the load balancer has verified it.
  async function callerOf(request, context) {
    if (teams) {
      const caller = await teams.caller(request.headers.authorization);
      context.team = caller.team.team;
      return caller;
    }
    const { scopes, team } = settings.jwt ? claims(request.headers.authorization) : { scopes: [], team: "" };
    context.team = team;
    return { scopes };
  }

  async function prepared(request, context, charged, caller) {
    if (context.path === REALTIME || /(^|,)\s*websocket\s*(,|$)/i.test(request.headers.upgrade ?? "")) {
      throw new GatewayError(426, "no_websockets", "this gateway has no WebSocket API (/v1/realtime); use HTTP requests");
    }
    const [path, query] = [context.path, request.url.slice(context.path.length)];
    const { scopes } = caller;
    if (router) checkRoutedPath(request.method, path, settings, scopes);
    else checkPlainPath(path);
    const type = checkContent(request, path);
    // Before the body: without a key the body is not read.
    const plain = router ? null : plainHeaders(request, settings, context.id, caller.team?.team);
    const carries = !["GET", "HEAD"].includes(request.method);
    let body = carries ? await readBody(request, settings, charged) : Buffer.alloc(0);
    context.bytes_in = body.length;
    let model = "";
    let document;
    let changed = false;
    if (carries && (takesJson(path) || (type === "application/json" && body.length))) {
      document = parseJson(body, charged);
      if (Number.isInteger(document.n)) context.choices = document.n;
      context.streams = Boolean(document.stream);
      model = router ? checkedModel(document.model, router.named) : String(document.model ?? "");
      const instead = router ? withoutStoredItems(document, path, settings.shared_endpoints) : null;
      if (instead) document = { ...document, ...instead };
      changed = Boolean(instead);
    } else if (carries && type === "multipart/form-data") {
      const form = readForm(body, request.headers["content-type"]);
      if (router) checkFormNames(form.names, settings.shared_endpoints);
      model = router ? checkedModel(form.model, router.named) : form.model;
    }
    const headers = plain ?? routedHeaders(request, router.configuration(model, request.headers), context.id, caller.team?.team);
    if (teams) {
      const more = await teams.open({ context, team: caller.team, model, document, bytes: body.length, headers });
      if (document && Object.keys(more).length) {
        document = { ...document, ...more };
        changed = true;
      }
    }
    if (changed) body = Buffer.from(JSON.stringify(document));
    if (carries && takesJson(path) && !type) headers.push(["content-type", "application/json"]);
    context.trace = headers.find(([name]) => name === "x-portkey-trace-id")[1];
    return { url: path + (router && isInference(path) ? "" : query), headers, body };
  }

  return async function front(request, response, portkey) {
    const context = makeContext(request, randomUUID());
    context.path = request.url.split("?", 1)[0];
    context.shape = shapeOf(context.path);
    context.client_ip = clientAddress(request);
    let charged;
    whenOver(request, response, () => {
      const whole = response.writableFinished || context.end?.seen;
      if (!whole && (context.outcome === undefined || context.outcome === "refused")) context.outcome = "caller_left";
      context.close();
      charged?.release();
      context.spending?.close();
      write(accessLine(context));
    });
    try {
      context.charged = charged = charge(budget, context.client_ip);
      if (context.over) charged.release();
      const caller = await callerOf(request, context);
      if (response.destroyed || context.over) return undefined;
      if (router && request.method === "GET" && context.path === "/v1/models") {
        context.status = 200;
        const body = JSON.stringify(modelsDocument(caller.team ? teams.models(caller.team) : router.models));
        context.bytes_out = body.length;
        response.writeHead(200, { "content-type": "application/json", "x-gateway-request-id": context.id });
        return response.end(body);
      }
      const ready = await prepared(request, context, charged, caller);
      if (response.destroyed || context.over) return context.spending?.close();
      wrapAnswer(response, context, { routed: Boolean(router), draining, keys: settings.server_keys });
      return within(context, () => portkey(handedOver(request, ready), response));
    } catch (error) {
      // Read and drop the rest of the body: otherwise the caller would not see the answer.
      request.resume();
      if (error instanceof GatewayError) return refuse(response, context, error, draining());
      if (response.destroyed || context.over || error.code === "ECONNRESET") return response.destroy();
      return refuse(response, context, new GatewayError(500, "gateway", "the gateway failed on this request"), draining());
    }
  };
}
