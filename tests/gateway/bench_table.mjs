// The DynamoDB table for benchmarks: npm's dynalite over TLS in its own process, and the task role's credentials.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:http";

const dynalite = createRequire(import.meta.url)("dynalite");
const [address, certificate, credentialsAddress] = process.argv.slice(2);
const pem = readFileSync(certificate);
const table = dynalite({ ssl: true, key: pem, cert: pem, createTableMs: 0 });
table.keepAliveTimeout = 120_000;
table.listen(443, address);
createServer((_, response) => {
  const Expiration = new Date(Date.now() + 6 * 3600_000).toISOString();
  response.end(JSON.stringify({ AccessKeyId: "ASIABENCH", SecretAccessKey: "bench", Token: "bench", Expiration }));
}).listen(80, credentialsAddress, () => console.log("ready"));
