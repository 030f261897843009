import { spawnSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

function runs(command) {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The words to install what is missing with, or undefined when all is there. */
export function missingTools(env) {
  const tools = [
    ["g++", env.CXX || "g++"],
    ["make", env.MAKE || "make"],
    ["python3", env.npm_config_python || env.PYTHON || "python3"],
  ];
  const missing = tools.filter(([, command]) => !runs(command.split(" ")[0]));
  return missing.length === 0 ? undefined : missing.map(([name]) => name).join(" ");
}

function* npmCandidates(env) {
  // Set by npm, and by the package managers that imitate it, for lifecycle scripts.
  if (env.npm_execpath) yield env.npm_execpath;
  yield join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");
  for (const folder of (env.PATH ?? "").split(delimiter)) yield join(folder, "npm");
}

/** The node-gyp that comes with npm, so that mm need not depend on one. Undefined when there is none. */
export function findNodeGyp(env) {
  if (env.npm_config_node_gyp && existsSync(env.npm_config_node_gyp)) return env.npm_config_node_gyp;
  for (const npm of npmCandidates(env)) {
    if (!existsSync(npm)) continue;
    const nodeGyp = join(dirname(realpathSync(npm)), "../node_modules/node-gyp/bin/node-gyp.js");
    if (existsSync(nodeGyp)) return nodeGyp;
  }
  return undefined;
}

/**
 * The environment for node-gyp without npm's settings: node-gyp takes each for an option that overrules its command line,
 * an empty `npm_config_nodedir` too.
 */
export function nodeGypEnvironment(env) {
  const kept = Object.entries(env).filter(([name]) => !/^npm_config_|^npm_package_config_node_gyp_/i.test(name));
  if (env.npm_config_python) kept.push(["npm_config_python", env.npm_config_python]);
  return Object.fromEntries(kept);
}
