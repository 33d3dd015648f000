// Bundles src/ for the task, once for each part that a task may need: minified, brotli, base85. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { base85, fromBase85 } from "./src/base85.mjs";

// Entry to file, as constructs_lib/helpers/task/runtime.py names them.
const BUNDLES = { main: "gateway_runtime", main_teams: "gateway_runtime_teams", main_valkey: "gateway_runtime_valkey" };
const here = new URL(".", import.meta.url);

async function bundled(entry) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`src/${entry}.mjs`, here))],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    write: false,
    legalComments: "none",
  });
  // 4 % less than esbuild's own makes of it, compressed.
  const { code } = await minify(outputFiles[0].text, { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true } });
  // In a stack trace the name stands instead of the whole text.
  return Buffer.from(`${code.trimEnd()}\n//# sourceURL=gateway_runtime.mjs\n`);
}

function packed(made) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
    [constants.BROTLI_PARAM_SIZE_HINT]: made.length,
  };
  return `${base85(brotliCompressSync(made, { params }))}\n`;
}

const stale = [];
for (const [entry, name] of Object.entries(BUNDLES)) {
  const path = `constructs_lib/task/${name}.txt`;
  const target = new URL(`../${path}`, here);
  const made = await bundled(entry);
  if (!process.argv.includes("--check")) writeFileSync(target, packed(made));
  // Another release of Node may compress the same otherwise.
  else if (!brotliDecompressSync(fromBase85(readFileSync(target, "utf8").trim())).equals(made)) stale.push(path);
}
if (stale.length) {
  console.error(`${stale.join(", ")}: not made from gateway_runtime/src; run node gateway_runtime/build.mjs`);
  process.exit(1);
}
