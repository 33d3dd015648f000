// Reads an SVG from standard input and writes it as a PNG to standard output, 1.5 times as wide.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const FONTS = ["400Regular/Arimo_400Regular.ttf", "700Bold/Arimo_700Bold.ttf"];
const PNG_WIDTH = 1257;
const require = createRequire(import.meta.url);
const { Resvg } = require("@resvg/resvg-js");
const font = {
  loadSystemFonts: false,
  fontFiles: FONTS.map((name) => require.resolve(`@expo-google-fonts/arimo/${name}`)),
  defaultFontFamily: "Arimo",
};
const picture = new Resvg(readFileSync(0, "utf8"), { font, fitTo: { mode: "width", value: PNG_WIDTH }, background: "white" });
writeFileSync(1, picture.render().asPng());
