// Loaded into node before jsii's runtime. It answers three questions about a file's name otherwise than node does, and
// cuts source maps off.
"use strict";
const fs = require("fs");
const Module = require("module");
const { Writable } = require("stream");

let warned = false;

const stock = Module._resolveFilename;
Module._resolveFilename = function (request, parent, isMain, ...more) {
  const found = stock.call(this, request, parent, isMain, ...more);
  if (isMain) return ownProcess(found) ?? found;
  if (/[\\/]cdktf[\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/.test(found)) return __filename;
  // The AWS bindings' index.js loads some 1,500 files; lazy-index.js, shipped with it, loads what is used.
  const match = /^(.*[\\/]provider-aws[\\/].*lib[\\/])index\.js$/.exec(found);
  if (!match) return found;
  const lazy = `${match[1]}lazy-index.js`;
  if (!fs.existsSync(lazy)) {
    if (!warned) process.stderr.write(warning("the AWS bindings have no lazy-index.js; all of them are loaded"));
    warned = true; // node resolves this name more than once
    return found;
  }
  setImmediate(requireAhead, lazy);
  return lazy;
};

// What a user reads where jsii or the bindings are not those that this file knows.
function warning(what) {
  return `constructs_lib/bindings: ${what}. GATEWAY_STOCK_BINDINGS=1 switches all of the fast loading off.\n`;
}

// cdktf records for every token where node made it, below Python's call: jsii's own files, whatever the app does. cdktn has a
// variable against it, which loading.py sets.
exports.captureStackTrace = () => [];

// Two thirds of what jsii's packages consist of are source maps, one comment a file, which node reads letter by letter.
const compile = Module.prototype._compile;
Module.prototype._compile = function (source, ...more) {
  const map = source.indexOf("\n//# sourceMappingURL=data:");
  const rest = source.slice(map + 1).trimEnd();
  const comment = map >= 0 && !["\n", "`", "*"].some((sign) => rest.includes(sign)); // else it is text, or not the end
  return compile.call(this, comment ? source.slice(0, map) : source, ...more);
};

// By the time node has answered that the bindings are loaded, Python has its own half of them to import. Meanwhile node
// compiles what the app says it will use (loading.py); a name that is not there is an error when it is used.
function requireAhead(index) {
  const ahead = process.env.GATEWAY_BINDINGS_AHEAD;
  const load = Module.createRequire(index);
  for (const name of ahead ? ahead.split(",") : []) {
    try {
      load(`./${name}`);
    } catch {}
  }
}

// bin/jsii-runtime.js starts a second node with lib/program.js, hands every message on to it at descriptor 3, and wraps what
// it prints. Here the program runs in the first one: a process less, and no message goes through two. A program without
// these words is left to the second node.
const DESCRIPTORS = "readFD:3,writeFD:3";

function ownProcess(main) {
  const match = /^(.*[\\/])bin([\\/])jsii-runtime\.js$/.exec(main);
  const program = match && `${match[1]}lib${match[2]}program.js`;
  if (!program || process.env.JSII_DEBUG) return undefined;
  if (!fs.existsSync(program) || fs.readFileSync(program, "utf8").split(DESCRIPTORS).length !== 2) {
    const said = warning("jsii's program does not use the descriptors that are known; it runs in a second node");
    fs.writeSync(2, `${JSON.stringify({ stderr: Buffer.from(said).toString("base64") })}\n`); // as Python reads it
    return undefined;
  }
  // In the text, and not in fs.readSync: descriptor 3 of this process can be any file that jsii opens.
  const compileAny = Module.prototype._compile;
  Module.prototype._compile = function (source, filename, ...more) {
    if (filename !== program) return compileAny.call(this, source, filename, ...more);
    Module.prototype._compile = compileAny;
    return compileAny.call(this, source.replace(DESCRIPTORS, "readFD:0,writeFD:1"), filename, ...more);
  };
  for (const [name, fd] of [["stdout", 1], ["stderr", 2]]) {
    const wrapped = new Writable({
      write(chunk, _, done) {
        fs.writeSync(2, `${JSON.stringify({ [name]: Buffer.from(chunk).toString("base64") })}\n`);
        done();
      },
    });
    Object.defineProperty(process, name, { value: Object.assign(wrapped, { fd }) });
  }
  process.on("SIGINT", () => {}); // Ctrl-C is Python's business, which then says goodbye
  process.execArgv.push("--preserve-symlinks"); // in NODE_OPTIONS too; jsii looks here
  return program;
}
