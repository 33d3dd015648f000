// Loaded into Node.js before jsii's runtime. It replaces three modules when Node.js resolves their names, and removes source
// maps.
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
  // The AWS bindings' index.js loads about 1,500 files; their lazy-index.js loads only what is used.
  const match = /^(.*[\\/]provider-aws[\\/].*lib[\\/])index\.js$/.exec(found);
  if (!match) return found;
  const lazy = `${match[1]}lazy-index.js`;
  if (!fs.existsSync(lazy)) {
    if (!warned) process.stderr.write(warning("the AWS bindings have no lazy-index.js; all of them are loaded"));
    warned = true; // the name is resolved more than once
    return found;
  }
  setImmediate(requireAhead, lazy);
  return lazy;
};

// The warning for a jsii or bindings release that this file does not support.
function warning(what) {
  return `constructs_lib/bindings: ${what}. GATEWAY_STOCK_BINDINGS=1 turns all of the fast loading off.\n`;
}

// cdktf records a stack trace for every token, which under Python shows only jsii's own files. For cdktn, loading.py sets a
// variable that turns this off.
exports.captureStackTrace = () => [];

// Two thirds of each file in jsii's packages is a source map, a comment that V8 would read character by character.
const compile = Module.prototype._compile;
Module.prototype._compile = function (source, ...more) {
  const map = source.indexOf("\n//# sourceMappingURL=data:");
  const rest = source.slice(map + 1).trimEnd();
  const comment = map >= 0 && !["\n", "`", "*"].some((sign) => rest.includes(sign)); // otherwise it is part of a string, or not at the end
  return compile.call(this, comment ? source.slice(0, map) : source, ...more);
};

// Runs while Python imports its half of the bindings: compiles the modules that loading.py listed. An unknown name fails when
// it is used.
function requireAhead(index) {
  const ahead = process.env.GATEWAY_BINDINGS_AHEAD;
  const load = Module.createRequire(index);
  for (const name of ahead ? ahead.split(",") : []) {
    try {
      load(`./${name}`);
    } catch {}
  }
}

// bin/jsii-runtime.js starts lib/program.js in a second process, forwards every message to its descriptor 3, and wraps its
// output. Here lib/program.js runs in the first process. If it lacks the string below, it runs in the second one as usual.
const DESCRIPTORS = "readFD:3,writeFD:3";

function ownProcess(main) {
  const match = /^(.*[\\/])bin([\\/])jsii-runtime\.js$/.exec(main);
  const program = match && `${match[1]}lib${match[2]}program.js`;
  if (!program || process.env.JSII_DEBUG) return undefined;
  if (!fs.existsSync(program) || fs.readFileSync(program, "utf8").split(DESCRIPTORS).length !== 2) {
    const said = warning("jsii's lib/program.js does not use descriptor 3 as expected; it runs in a second process");
    fs.writeSync(2, `${JSON.stringify({ stderr: Buffer.from(said).toString("base64") })}\n`); // as Python reads it
    return undefined;
  }
  // Replaced in the source, not in fs.readSync: in this process descriptor 3 can be any file that jsii opens.
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
  process.on("SIGINT", () => {}); // Python handles Ctrl-C and then ends this process
  process.execArgv.push("--preserve-symlinks"); // jsii looks for it here, not in NODE_OPTIONS
  return program;
}
