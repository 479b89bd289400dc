// Copies the listed browser files from node_modules into the tree, which carries them: users need no node.
//   npm ci --ignore-scripts && node scripts/vendor.mjs           writes static/vendor, static/icons.svg and the manifest
//   node scripts/vendor.mjs --check                              fails when the tree differs from what it would write
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const modules = process.env.NODE_MODULES ?? join(root, "node_modules");
const checking = process.argv.includes("--check");

// Hashed static names break on maps that are not shipped, so the pointers to them go.
const withoutMap = (text) => text.replace(/\n?(\/\/# sourceMappingURL=\S+|\/\*# sourceMappingURL=\S+ ?\*\/)\s*$/, "\n");
// The lowest cascade layer, written into the file: an @import would cost a round trip before first paint.
const layered = (text) => `@layer tabler{${withoutMap(text).replace(/^@charset "UTF-8";/, "")}}\n`;

const COPIES = [
  ["@tabler/core/dist/css/tabler.min.css", "static/vendor/tabler.css", layered],
  ["chart.js/dist/chart.umd.min.js", "static/vendor/chart.umd.js", withoutMap],
  ["chart.js/LICENSE.md", "static/vendor/chart-LICENSE.txt"],
  ["@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "static/vendor/inter-latin.woff2"],
  ["@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2", "static/vendor/inter-latin-ext.woff2"],
  ["@fontsource-variable/inter/LICENSE", "static/vendor/inter-LICENSE.txt"],
  ["@tabler/icons/LICENSE", "static/vendor/tabler-icons-LICENSE.txt"],
  ["axe-core/axe.min.js", "tests/browser/vendor/axe.min.js", withoutMap],
  ["axe-core/LICENSE", "tests/browser/vendor/axe-LICENSE.txt"],
];

const sha384 = (bytes) => `sha384-${createHash("sha384").update(bytes).digest("base64")}`;
let differing = 0;

function put(target, bytes) {
  const path = join(root, target);
  if (checking) {
    if (!existsSync(path) || !readFileSync(path).equals(bytes)) {
      console.error(`${target} differs from what its source gives; run npm run vendor`);
      differing += 1;
    }
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

function sprite() {
  const names = readFileSync(join(root, "scripts/icons.txt"), "utf8").split("\n").filter(Boolean);
  const symbols = names.map((name) => {
    const source = readFileSync(join(modules, `@tabler/icons/icons/outline/${name}.svg`), "utf8");
    const paths = [...source.matchAll(/<path d="[^"]+"/g)].map((match) => `${match[0]}/>`).join("");
    return `<symbol id="i-${name}" viewBox="0 0 24 24">${paths}</symbol>`;
  });
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`);
}

const manifest = {};
for (const [source, target, change] of COPIES) {
  const original = readFileSync(join(modules, source));
  const bytes = change ? Buffer.from(change(original.toString("utf8"))) : original;
  put(target, bytes);
  manifest[target] = { from: source, source: sha384(original), file: sha384(bytes) };
}
const icons = sprite();
put("static/icons.svg", icons);
manifest["static/icons.svg"] = { from: "@tabler/icons/icons/outline, scripts/icons.txt", file: sha384(icons) };
put("static/vendor/manifest.json", Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
process.exitCode = differing ? 1 : 0;
