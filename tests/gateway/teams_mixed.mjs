// Sends many requests over kept-alive connections, a few at a time, and prints the outcome of each as JSON.
// Standard input: {token, concurrency, requests: [{url, body, leaves}]}. `leaves` disconnects after a few events.
import { Agent, request } from "node:http";

const parts = [];
for await (const part of process.stdin) parts.push(part);
const { token, concurrency, requests } = JSON.parse(Buffer.concat(parts));
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const ENOUGH = 700;

// Returns the status, "cut" for an incomplete answer, or "left"; and how many text chunks arrived before it left.
function send({ url, body, leaves }) {
  return new Promise((done) => {
    const text = JSON.stringify(body);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", "content-length": Buffer.byteLength(text) };
    const sent = request(url, { method: "POST", agent, headers }, (answer) => {
      let seen = "";
      answer.on("data", (chunk) => {
        if (!leaves) return;
        seen += chunk;
        if (seen.length < ENOUGH) return;
        done(["left", seen.split('"content":').length - 1]);
        answer.destroy();
      });
      answer.on("end", () => done([String(answer.statusCode), 0]));
      answer.on("error", () => done(["cut", 0]));
    });
    sent.on("error", (error) => done([error.code, 0]));
    sent.end(text);
  });
}

const ends = Array(requests.length);
let next = 0;
async function work() {
  while (next < requests.length) {
    const number = next;
    next += 1;
    ends[number] = await send(requests[number]);
  }
}
await Promise.all(Array.from({ length: concurrency }, work));
agent.destroy();
console.log(JSON.stringify(ends));
