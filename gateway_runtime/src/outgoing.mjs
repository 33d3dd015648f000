// How this process connects to AWS and the providers: agents that tag connections with a purpose, and the task role's credentials.
import { credentialSource } from "./bedrock.mjs";
import { called } from "./provider_call.mjs";
import { makeAgents } from "./tagged_fetch.mjs";

export function makeOutgoing(settings, nodeFetch = globalThis.fetch) {
  const agents = makeAgents(settings);
  const toCredentials = (url) => nodeFetch(url, { dispatcher: agents.credentials, redirect: "error" });
  return {
    agents,
    credentials: credentialSource(toCredentials, settings.credentials_url),
    // To an AWS endpoint, which may have a private address in the VPC; over TLS, to exactly the host of the URL.
    async send(text, { method = "GET", headers = {}, body, signal }) {
      const url = new URL(text);
      const opened = () => ({ whole: true });
      const answer = await called(agents.aws(url.hostname), url, { method, headers: new Headers(headers), body, timeout: signal, opened });
      const ok = answer.status >= 200 && answer.status < 300;
      return { ok, status: answer.status, json: async () => JSON.parse(answer.body.toString("utf8")) };
    },
  };
}
