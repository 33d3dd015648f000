// A DynamoDB table for tests, from npm's dynalite in this process or the server at TABLE_URL, with the runtime's client.
import { createRequire } from "node:module";
import { makeTable } from "../src/teams/table.mjs";

const require = createRequire(new URL("../../tests/gateway/package.json", import.meta.url));
const dynalite = require("dynalite");
const KEYS = { AccessKeyId: "AKIAEXAMPLE", SecretAccessKey: "made-up" };
const SCHEMA = {
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "S" }],
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }, { AttributeName: "sk", KeyType: "RANGE" }],
  BillingMode: "PAY_PER_REQUEST",
};

let tables = 0;

async function serveDynalite(context) {
  const server = dynalite({ createTableMs: 0 });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}/`;
}

// The URL of a server with a new table; the fragment is the table's name.
export async function serveTable(context) {
  const server = process.env.TABLE_URL ?? (await serveDynalite(context));
  // The ledger's timers are unreferenced and do not keep the process alive.
  const alive = setInterval(() => {}, 1000);
  context.after(() => clearInterval(alive));
  const name = `usage-${(tables += 1)}`;
  const headers = {
    "x-amz-target": "DynamoDB_20120810.CreateTable", "content-type": "application/x-amz-json-1.0",
    authorization: "AWS4-HMAC-SHA256 Credential=a/20261101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=b",
    "x-amz-date": "20261101T000000Z",
  };
  const made = await fetch(server, { method: "POST", headers, body: JSON.stringify({ TableName: name, ...SCHEMA }) });
  if (!made.ok) throw new Error(await made.text());
  return `${server}#${name}`;
}

// A client of the table. `link(send, target)` simulates the network: it may lose requests or answers.
export function clientOf(url, { link = (send) => send(), now, failed } = {}) {
  const writes = [];
  const table = makeTable({
    attemptMs: 20_000, name: new URL(url).hash.slice(1), region: "eu-west-1", suffix: "amazonaws.com", credentials: async () => KEYS, now, failed,
    send(_, init) {
      writes.push(init.headers["x-amz-target"].split(".")[1]);
      return link(() => fetch(url, { ...init, redirect: "follow" }), writes.at(-1), init.body);
    },
  });
  return { table, writes };
}
