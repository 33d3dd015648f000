// The AWS bindings' index.js loads some 1,500 files; lazy-index.js, shipped beside it, loads what is used.
// jsii asks for the first by name, so the answer to that one question is changed.
"use strict";
const fs = require("fs");
const Module = require("module");
const path = require("path");

// What the constructs beside this file import, read while Python imports the same: node would wait for it otherwise.
function readAhead(lib) {
  for (const file of fs.readdirSync(__dirname).filter((name) => name.endsWith(".py"))) {
    const text = fs.readFileSync(path.join(__dirname, file), "utf8");
    for (const [, module] of text.matchAll(/^from cdktf_cdktf_provider_aws\.(\w+) import/gm)) {
      const found = path.join(lib, module.replaceAll("_", "-"), "index.js");
      if (fs.existsSync(found)) require(found);
    }
  }
}

const stock = Module._resolveFilename;
let ahead = false;
Module._resolveFilename = function (...question) {
  const found = stock.apply(this, question);
  const match = /^(.*[\\/]provider-aws[\\/].*lib[\\/])index\.js$/.exec(found);
  const lazy = match && `${match[1]}lazy-index.js`;
  if (!lazy || !fs.existsSync(lazy)) return found;
  if (!ahead) setImmediate(readAhead, match[1]); // after jsii has answered
  ahead = true;
  return lazy;
};
