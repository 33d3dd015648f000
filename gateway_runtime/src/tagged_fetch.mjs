// Node's fetch with the gateway's agents: each connection is tagged with its purpose, and timeouts come from the settings.
import { PURPOSE } from "./connections.mjs";

const DISPATCHER = Symbol.for("undici.globalDispatcher.1");

// undici is not exported by Node; its Agent class is the constructor of the global dispatcher.
function agentClass() {
  void globalThis.Response; // loads undici
  new globalThis.Response("");
  const Agent = globalThis[DISPATCHER]?.constructor;
  if (Agent?.name !== "Agent") {
    throw new Error("this Node has no undici agent behind fetch: portkey_image must be built on Node 20 or 22");
  }
  return Agent;
}

export function makeAgents(settings) {
  const Agent = agentClass();
  const milliseconds = settings.stream_seconds * 1000;
  const agent = (purpose) =>
    new Agent({
      connect: { [PURPOSE]: purpose, timeout: 10_000 },
      headersTimeout: milliseconds,
      bodyTimeout: milliseconds,
      keepAliveTimeout: 4_000,
    });
  const provider = agent({ kind: "provider" });
  globalThis[DISPATCHER] = provider;
  const aws = new Map();
  return {
    provider,
    credentials: agent({ kind: "credentials" }),
    aws(host) {
      if (!aws.has(host)) aws.set(host, agent({ kind: "aws", host }));
      return aws.get(host);
    },
  };
}
