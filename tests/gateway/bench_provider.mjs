// A provider for benchmarks that answers at once: chat completions over TLS. Address and files come as arguments.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

const [address, port, certificate, keys] = process.argv.slice(2);
const pem = readFileSync(certificate);
const answer = JSON.stringify({
  id: "c", object: "chat.completion", created: 1, model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
});
const server = createServer({ key: pem, cert: pem }, (request, response) => {
  request.resume();
  // The user pool's JWKS, which the gateway with teams fetches once.
  if (request.url.endsWith("/jwks.json")) return response.end(readFileSync(keys));
  return request.on("end", () => response.writeHead(200, { "content-type": "application/json", "content-length": answer.length }).end(answer));
});
server.keepAliveTimeout = 120_000;
server.listen(Number(port), address);
