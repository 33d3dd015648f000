// Loaded into node before jsii's runtime. Two things are changed, each an answer to a question about a file's name.
"use strict";
const fs = require("fs");
const Module = require("module");
const { Writable } = require("stream");

const stock = Module._resolveFilename;
Module._resolveFilename = function (request, parent, isMain, ...more) {
  const found = stock.call(this, request, parent, isMain, ...more);
  if (isMain) return ownProcess(found) ?? found;
  // The AWS bindings' index.js loads some 1,500 files; lazy-index.js, shipped beside it, loads what is used.
  const match = /^(.*[\\/]provider-aws[\\/].*lib[\\/])index\.js$/.exec(found);
  const lazy = match && `${match[1]}lazy-index.js`;
  return lazy && fs.existsSync(lazy) ? lazy : found;
};

// bin/jsii-runtime.js starts a second node with lib/program.js, hands every message on to it at descriptor 3, and wraps what
// it prints. Here the program runs in the first one: a process less, and no message goes through two.
function ownProcess(main) {
  const match = /^(.*[\\/])bin([\\/])jsii-runtime\.js$/.exec(main);
  const program = match && `${match[1]}lib${match[2]}program.js`;
  if (!program || process.env.JSII_DEBUG || !fs.existsSync(program)) return undefined;
  const { readSync, writeSync } = fs;
  fs.readSync = (fd, ...rest) => readSync(fd === 3 ? 0 : fd, ...rest);
  fs.writeSync = (fd, ...rest) => writeSync(fd === 3 ? 1 : fd, ...rest);
  for (const [name, fd] of [["stdout", 1], ["stderr", 2]]) {
    const wrapped = new Writable({
      write(chunk, _, done) {
        writeSync(2, `${JSON.stringify({ [name]: Buffer.from(chunk).toString("base64") })}\n`);
        done();
      },
    });
    Object.defineProperty(process, name, { value: Object.assign(wrapped, { fd }) });
  }
  process.on("SIGINT", () => {}); // Ctrl-C is Python's business, which then says goodbye
  process.execArgv.push("--preserve-symlinks"); // in NODE_OPTIONS too; jsii looks here
  return program;
}
