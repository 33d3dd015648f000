// Bundles src/ into constructs_lib/task/gateway_runtime.txt, which the task receives: minified, brotli, base64. `--check` only compares.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const here = new URL(".", import.meta.url);
const target = new URL("../constructs_lib/task/gateway_runtime.txt", here);

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("src/main.mjs", here))],
  bundle: true,
  minify: true,
  platform: "node",
  format: "esm",
  target: "node20",
  write: false,
  legalComments: "none",
});
// In a stack trace the name stands instead of the whole text.
const made = Buffer.from(`${outputFiles[0].text.trimEnd()}\n//# sourceURL=gateway_runtime.mjs\n`);

if (process.argv.includes("--check")) {
  const current = brotliDecompressSync(Buffer.from(readFileSync(target, "utf8"), "base64"));
  if (!current.equals(made)) {
    console.error("constructs_lib/task/gateway_runtime.txt is not made from gateway_runtime/src: run node gateway_runtime/build.mjs");
    process.exit(1);
  }
} else {
  const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: made.length } };
  writeFileSync(target, `${brotliCompressSync(made, options).toString("base64")}\n`);
}
