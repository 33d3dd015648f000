// The AWS bindings' index.js loads some 1,500 files; lazy-index.js, shipped beside it, loads what is used.
// jsii asks for the first by name, so the answer to that one question is changed.
"use strict";
const fs = require("fs");
const Module = require("module");

const stock = Module._resolveFilename;
Module._resolveFilename = function (...question) {
  const found = stock.apply(this, question);
  const match = /^(.*[\\/]provider-aws[\\/].*lib[\\/])index\.js$/.exec(found);
  const lazy = match && `${match[1]}lazy-index.js`;
  return lazy && fs.existsSync(lazy) ? lazy : found;
};
