// Everything that a gateway with teams reaches, in one process: five providers that record the usage that they report,
// the table (npm's dynalite), the pool's keys and the task role's credentials. A control port returns what was sent.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { answer, release } from "./teams_providers.mjs";

const dynalite = createRequire(import.meta.url)("dynalite");
const { certificate, keys, credentials, addresses, control } = JSON.parse(process.argv[2]);
const pem = readFileSync(certificate);
const tls = { key: pem, cert: pem };
const records = [];
let tableDown = false;

const json = (response, document, status = 200) => {
  const body = JSON.stringify(document);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
};

function body(request, done) {
  const parts = [];
  request.on("data", (part) => parts.push(part)).on("end", () => done(Buffer.concat(parts).toString("utf8")));
}

function provider(request, response) {
  const host = request.headers.host.split(":")[0];
  if (host.startsWith("cognito-idp.")) return json(response, JSON.parse(readFileSync(keys, "utf8")));
  return body(request, (text) => {
    const record = { host, path: request.url, document: text ? JSON.parse(text) : {}, usage: null, whole: false, forwarded: 0 };
    records.push(record);
    answer(request, response, record);
  });
}

const table = dynalite({ ssl: true, ...tls, createTableMs: 0 });
const [handle] = table.listeners("request");
table.removeAllListeners("request");
table.on("request", (request, response) => (tableDown ? request.socket.destroy() : handle(request, response)));
table.keepAliveTimeout = 60_000;

for (const address of addresses.providers) {
  const server = createTlsServer(tls, provider);
  server.keepAliveTimeout = 60_000;
  server.listen(443, address);
}
table.listen(443, addresses.table);
createServer((request, response) => json(response, { ...credentials, Expiration: new Date(Date.now() + 6 * 3600_000).toISOString() }))
  .listen(80, addresses.credentials);
createServer((request, response) => {
  if (request.url === "/records") return json(response, records);
  if (request.url === "/forget") records.length = 0;
  if (request.url === "/release") release();
  if (request.url === "/table/down") tableDown = true;
  if (request.url === "/table/up") tableDown = false;
  return json(response, {});
}).listen(control, "127.0.0.1", () => console.log("ready"));
