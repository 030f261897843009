import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** What node-gyp reads from a node directory. */
const GYP_FILES = ["node_api.h", "common.gypi", "config.gypi"];

/** node-gyp insists on these two; the addon needs nothing of them but a configuration to build. */
const COMMON_GYPI = {
  target_defaults: {
    default_configuration: "Release",
    configurations: { Release: { cflags: ["-O2"] } },
    cflags: ["-pthread"],
    ldflags: ["-pthread"],
  },
};
const CONFIG_GYPI = { target_defaults: {}, variables: {} };

/** A node directory around the headers of the npm package `node-api-headers`: for a node that was installed without its own. */
function makeNodeDirectory(buildFolder) {
  const headers = join(dirname(require.resolve("node-api-headers/package.json")), "include");
  const nodeDirectory = join(buildFolder, "nodedir");
  const include = join(nodeDirectory, "include/node");
  mkdirSync(include, { recursive: true });
  for (const name of readdirSync(headers)) copyFileSync(join(headers, name), join(include, name));
  writeFileSync(join(include, "common.gypi"), JSON.stringify(COMMON_GYPI));
  writeFileSync(join(include, "config.gypi"), JSON.stringify(CONFIG_GYPI));
  return nodeDirectory;
}

/** The headers beside the running node, else those of node-api-headers. Never a download. */
export function findNodeDirectory(buildFolder) {
  const beside = join(dirname(process.execPath), "..");
  const complete = GYP_FILES.every((name) => existsSync(join(beside, "include/node", name)));
  return complete ? beside : makeNodeDirectory(buildFolder);
}
