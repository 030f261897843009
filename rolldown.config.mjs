/** The executable: src/cli becomes a few files that load in one go. What npm installs stays where npm puts it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "rolldown";

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const common = {
  platform: "node",
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  transform: { target: "es2022" },
};
const output = { dir: "dist/cli", chunkFileNames: "[name].js", comments: false };

/** The style sheets a page imports, as one file beside its script; its own comes last, so that it has the last word. */
function styleSheet(fileName) {
  const sheets = new Map();
  return {
    name: "style-sheet",
    load: {
      filter: { id: /\.css$/ },
      handler(id) {
        sheets.set(id, readFileSync(id, "utf8"));
        return { code: "", moduleType: "js", moduleSideEffects: false };
      },
    },
    generateBundle() {
      const isLibrary = ([id]) => id.includes("node_modules");
      const libraries = [...sheets].filter(isLibrary);
      const own = [...sheets].filter((sheet) => !isLibrary(sheet));
      this.emitFile({ type: "asset", fileName, source: [...libraries, ...own].map(([, text]) => text).join("\n") });
    },
  };
}

/** What libraries want said where their code goes: their licences, before the script that holds them. After minifying, which drops comments. */
function licences() {
  return {
    name: "licences",
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== "chunk") continue;
        const paths = chunk.moduleIds.map((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]).filter((path) => path !== undefined);
        const texts = [...new Set(paths)].sort().map((path) => {
          const { name, version } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
          return `${name} ${version}\n\n${readFileSync(join(path, "LICENSE"), "utf8").trim()}`;
        });
        chunk.code = `/*!\n${texts.join("\n\n----\n\n").replaceAll("*/", "* /")}\n*/\n${chunk.code}`;
      }
    },
  };
}

export default defineConfig([
  {
    ...common,
    input: "src/cli/main.ts",
    output: { ...output, cleanDir: true, codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } },
  },
  // In one file, so that a thread that has started has nothing left to find.
  { ...common, input: "src/cli/worker.ts", output: { ...output, codeSplitting: false } },
  // The page of HTML reports: its script and its style, each in one file that a report takes in whole.
  {
    input: { "report-page": "src/profile/report/page/main.ts" },
    platform: "browser",
    plugins: [styleSheet("report-page.css"), licences()],
    transform: { target: "es2022" },
    output: { dir: "dist/cli", format: "iife", entryFileNames: "[name].js", codeSplitting: false, minify: true, comments: false },
  },
]);
