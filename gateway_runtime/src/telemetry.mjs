// Spans and metrics without query strings, and without dimensions that a caller can choose.
const API = Symbol.for("opentelemetry.js.api.1");
const DELETED = ["url.query", "http.target", "http.user_agent", "user_agent.original", "client.address"];
const URLS = ["url.full", "http.url"];
const CHOSEN = ["server.address", "net.peer.name", "network.peer.address"];

export function scrubAttributes(attributes, knownHost) {
  for (const name of DELETED) delete attributes[name];
  for (const name of URLS) {
    if (typeof attributes[name] === "string") attributes[name] = attributes[name].split(/[?#]/, 1)[0];
  }
  for (const name of CHOSEN) {
    if (typeof attributes[name] === "string" && !knownHost(attributes[name])) attributes[name] = "other";
  }
  return attributes;
}

function scrubSpans(traces, knownHost) {
  const provider = traces?.getDelegate?.() ?? traces;
  const processors = provider?._activeSpanProcessor?._spanProcessors;
  if (!Array.isArray(processors)) return false;
  const nothing = () => Promise.resolve();
  processors.unshift({
    onStart() {},
    onEnd(span) {
      scrubAttributes(span.attributes, knownHost);
      // An exception's message may hold a URL.
      for (const event of span.events ?? []) {
        for (const name of ["exception.message", "exception.stacktrace"]) delete event.attributes?.[name];
      }
      if (span.status) span.status.message = undefined;
    },
    forceFlush: nothing,
    shutdown: nothing,
  });
  return true;
}

function scrubMetrics(metrics, knownHost) {
  const histogram = metrics?.getMeter?.("gateway-runtime").createHistogram("unused");
  const prototype = histogram && Object.getPrototypeOf(histogram);
  if (typeof prototype?.record !== "function" || histogram.constructor.name !== "HistogramInstrument") return false;
  const record = prototype.record;
  prototype.record = function (value, attributes = {}, ...rest) {
    return record.call(this, value, scrubAttributes({ ...attributes }, knownHost), ...rest);
  };
  return true;
}

// Trace headers connect spans within the VPC. They are not sent to a provider, nor is the baggage that a caller sent.
export function keepContext(api = globalThis[API]) {
  const propagator = api?.propagation;
  if (propagator) propagator.inject = () => {};
}

// Where the SDK has an unexpected structure, telemetry is turned off rather than sent unfiltered.
export function scrubTelemetry(knownHost, api = globalThis[API], env = process.env) {
  if (!api) return "absent";
  keepContext(api);
  // The SDK's own variable (make run sets it): no telemetry is sent, so there is nothing to filter.
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === "true") return "disabled";
  const scrubbed = [scrubSpans(api.trace, knownHost), scrubMetrics(api.metrics, knownHost)];
  if (scrubbed.every(Boolean)) return "scrubbed";
  void api.trace?.getDelegate?.()?.shutdown?.();
  void api.metrics?.shutdown?.();
  return "switched off";
}
