// `render.mjs layout` reads {source, icons, points} and writes Graphviz' SVG; `render.mjs png` reads an SVG and writes a PNG.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const FONTS = ["400Regular/Arimo_400Regular.ttf", "700Bold/Arimo_700Bold.ttf"];
const PNG_WIDTH = 2000;
const require = createRequire(import.meta.url);
const input = readFileSync(0, "utf8");

async function layout() {
  const { Graphviz } = await import("@hpcc-js/wasm-graphviz");
  const graphviz = await Graphviz.load();
  const { source, icons, points } = JSON.parse(input);
  const images = icons.map((path) => ({ path, width: `${points}pt`, height: `${points}pt` }));
  return graphviz.layout(source, "svg", "dot", { images });
}

function png() {
  const { Resvg } = require("@resvg/resvg-js");
  const font = {
    loadSystemFonts: false,
    fontFiles: FONTS.map((name) => require.resolve(`@expo-google-fonts/arimo/${name}`)),
    defaultFontFamily: "Arimo",
  };
  return new Resvg(input, { font, fitTo: { mode: "width", value: PNG_WIDTH }, background: "white" }).render().asPng();
}

writeFileSync(1, process.argv[2] === "png" ? png() : await layout());
