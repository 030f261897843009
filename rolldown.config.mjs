/** The executable: src/cli becomes a few files that load in one go. What npm installs stays where npm puts it. */
import { readFileSync } from "node:fs";
import { defineConfig } from "rolldown";

const { dependencies, optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const common = {
  platform: "node",
  external: Object.keys({ ...dependencies, ...optionalDependencies }),
  transform: { target: "es2022" },
};
const output = { dir: "dist/cli", chunkFileNames: "[name].js", comments: false };

export default defineConfig([
  {
    ...common,
    input: "src/cli/main.ts",
    output: { ...output, cleanDir: true, codeSplitting: { groups: [{ name: "shared", minShareCount: 2 }] } },
  },
  // In one file, so that a thread that has started has nothing left to find.
  { ...common, input: "src/cli/worker.ts", output: { ...output, codeSplitting: false } },
]);
