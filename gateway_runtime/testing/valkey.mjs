// A real Valkey or Redis server for tests, over TLS, with one user who has the permissions of the cache's user.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import tls from "node:tls";

const PROGRAMS = ["valkey-server", "redis-server"];
export const USER = "ai-gateway-test";
const CONSTRUCT = new URL("../../constructs_lib/rate_limit_cache.py", import.meta.url);
// The access string of the environment's user, read from its only definition.
export const ACCESS_STRING = /^ACCESS_STRING = "(.+)"$/m.exec(readFileSync(CONSTRUCT, "utf8"))[1];

export const program = PROGRAMS.find((name) => spawnSync(name, ["--version"]).status === 0);
// The value of node:test's `skip`; in CI a missing program is a failure.
export const missing = program || process.env.CI ? false
  : `neither ${PROGRAMS.join(" nor ")} is installed; on Debian: apt-get install redis-server`;

function freePort() {
  return new Promise((done) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

// `node:crypto` cannot create certificates.
function certificate(folder) {
  const of = (name) => join(folder, name);
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", of("key.pem"),
    "-out", of("certificate.pem"), "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], { stdio: "ignore" });
  return { key: of("key.pem"), certificate: of("certificate.pem") };
}

// A server that ends with the test. `password` is the user's. `stop()` kills it, `start()` starts it again, empty, on the same port.
export async function serveValkey(context, password = "the-token") {
  if (!program) throw new Error(`neither ${PROGRAMS.join(" nor ")} is installed`);
  const folder = mkdtempSync(join(tmpdir(), "valkey-"));
  const { key, certificate: path } = certificate(folder);
  const port = await freePort();
  writeFileSync(join(folder, "server.conf"), [
    "bind 127.0.0.1", "port 0", `tls-port ${port}`, `tls-cert-file ${path}`, `tls-key-file ${key}`, `tls-ca-cert-file ${path}`,
    "tls-auth-clients no", 'save ""', `dir ${folder}`, "maxmemory-policy noeviction", "user default on >admin ~* &* +@all",
    `user ${USER} ${ACCESS_STRING} >${password}`, "",
  ].join("\n"));
  const authority = readFileSync(path);
  let process_;
  const connect = () => tls.connect({ host: "127.0.0.1", port, servername: "localhost", ca: authority });
  async function start() {
    process_ = spawn(program, [join(folder, "server.conf")], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    await new Promise((done, fail) => {
      process_.stdout.on("data", (chunk) => {
        text += chunk;
        if (text.includes("Ready to accept connections")) done();
      });
      process_.once("exit", () => fail(new Error(text)));
    });
  }
  async function stop() {
    if (process_.exitCode !== null || process_.signalCode !== null) return;
    const ended = new Promise((done) => process_.once("exit", done));
    process_.kill("SIGKILL");
    await ended;
  }
  await start();
  context.after(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });
  return { connect, start, stop, pause: () => process_.kill("SIGSTOP"), resume: () => process_.kill("SIGCONT") };
}
