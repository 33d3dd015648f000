// How this process reaches AWS and the providers: agents that carry a connection's purpose, and the task role's credentials.
import { credentialSource } from "./bedrock.mjs";
import { makeAgents } from "./tagged_fetch.mjs";

export function makeOutgoing(settings, nodeFetch = globalThis.fetch) {
  const agents = makeAgents(settings);
  const toCredentials = (url) => nodeFetch(url, { dispatcher: agents.credentials, redirect: "error" });
  return {
    nodeFetch,
    agents,
    credentials: credentialSource(toCredentials, settings.credentials_url),
    // To an endpoint of AWS, which may have a private address in the VPC; over TLS, to exactly the host of the URL.
    send(url, init) {
      const { hostname } = new URL(url);
      return nodeFetch(url, { ...init, redirect: "error", dispatcher: agents.aws(hostname) });
    },
  };
}
