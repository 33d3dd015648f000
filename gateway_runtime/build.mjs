// Bundles src/ for the task, one bundle for each entry point: minified, brotli, base85. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { build } from "esbuild";
import { minify } from "terser";
import { base85, fromBase85 } from "./src/base85.mjs";

// File by entry point; constructs_lib/helpers/task/runtime.py reads these files.
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
  // 4 % smaller after compression than with esbuild's own minifier.
  const { code } = await minify(outputFiles[0].text, { module: true, ecma: 2020, compress: { passes: 3, unsafe_arrows: true } });
  // Stack traces show this name in place of the data: URL with the whole bundle.
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
  // Compare decompressed: another Node version may compress differently.
  else if (!brotliDecompressSync(fromBase85(readFileSync(target, "utf8").trim())).equals(made)) stale.push(path);
}
if (stale.length) {
  console.error(`${stale.join(", ")}: does not match gateway_runtime/src; run node gateway_runtime/build.mjs`);
  process.exit(1);
}
