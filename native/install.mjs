/**
 * Brings the native addon into place; npm runs it as `install`.
 *
 *   node native/install.mjs             a prebuild that loads, else a build
 *   node native/install.mjs --build     a build, if the sources changed
 *   node native/install.mjs --prebuild  a build with a static C++ runtime into prebuilds/<platform>-<arch>/
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNodeDirectory } from "./install/headers.mjs";
import { withLock } from "./install/lock.mjs";
import { fingerprint, sourceAbi } from "./install/sources.mjs";
import { findNodeGyp, missingTools, nodeGypEnvironment } from "./install/toolchain.mjs";

const nativeFolder = dirname(fileURLToPath(import.meta.url));
const buildFolder = join(nativeFolder, "build");
const staged = join(buildFolder, "Release/mm_native_staged.node");
const built = join(buildFolder, "Release/mm_native.node");
const stamp = join(buildFolder, "Release/mm_native.sha256");
const prebuilt = join(nativeFolder, "../prebuilds", `${process.platform}-${process.arch}`, "mm_native.node");

class InstallError extends Error {}

/** The ABI of an addon file, or why it cannot be loaded. */
function inspect(file) {
  try {
    return { abi: createRequire(import.meta.url)(file).abi };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** A running process keeps the file it has mapped; it must never see a half-written one. */
function putInPlace(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const temporary = `${to}.${process.pid}`;
  copyFileSync(from, temporary);
  renameSync(temporary, to);
}

function runNodeGyp(options) {
  const missing = missingTools(process.env);
  if (missing !== undefined) throw new InstallError(`the native addon needs ${missing} to be built: apt-get install g++ make python3`);
  const nodeGyp = findNodeGyp(process.env);
  if (nodeGyp === undefined) throw new InstallError("the native addon needs node-gyp, which comes with npm: install npm beside this node");
  const args = [
    nodeGyp,
    "configure",
    "build",
    `--directory=${nativeFolder}`,
    `--nodedir=${findNodeDirectory(buildFolder)}`,
    // Never used with a nodedir, but node-gyp derives a default from HOME, which may be empty.
    `--devdir=${join(buildFolder, "devdir")}`,
    `--jobs=${availableParallelism()}`,
    ...options,
  ];
  const run = spawnSync(process.execPath, args, { env: nodeGypEnvironment(process.env), encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status === 0) return;
  process.stderr.write(`${run.stdout ?? ""}${run.stderr ?? ""}`);
  throw new InstallError(`the native addon could not be built: node-gyp ended with ${run.status ?? run.signal ?? run.error}`);
}

/** Builds, checks that the result loads, and puts it at `target`. */
function compile(target, options) {
  const startMs = performance.now();
  runNodeGyp(options);
  const { abi, problem } = inspect(staged);
  if (problem !== undefined) throw new InstallError(`the native addon was built but does not load: ${problem}`);
  putInPlace(staged, target);
  console.log(`mm: native addon built in ${((performance.now() - startMs) / 1000).toFixed(1)} s (abi ${abi})`);
}

function build() {
  const wanted = fingerprint(nativeFolder);
  const isCurrent = () => existsSync(built) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
  if (isCurrent()) return;
  withLock(join(buildFolder, "lock"), () => {
    // Another build may have finished while this one waited.
    if (isCurrent()) return;
    compile(built, ["--mm_static_runtime=0"]);
    writeFileSync(stamp, wanted);
  });
}

function main(mode) {
  if (process.platform !== "linux") throw new InstallError(`mm runs on Linux only, this is ${process.platform}`);
  if (mode === "--prebuild") withLock(join(buildFolder, "lock"), () => compile(prebuilt, ["--mm_static_runtime=1"]));
  else if (mode === "--build") build();
  else if (!existsSync(prebuilt) || inspect(prebuilt).abi !== sourceAbi(nativeFolder)) build();
}

try {
  main(process.argv[2]);
} catch (error) {
  if (!(error instanceof InstallError)) throw error;
  console.error(`mm: ${error.message}`);
  process.exitCode = 1;
}
