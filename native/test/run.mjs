/**
 * Compiles each *_test.cc with the address and undefined-behaviour sanitizers, *_stress_test.cc with the thread sanitizer
 * too, and runs them: all, or those whose name holds the word given. Ends non-zero when a test fails, and with 3 when there
 * is no compiler.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const EXIT_NO_COMPILER = 3;
const TEST_TIMEOUT_MS = 120_000;
const testFolder = dirname(fileURLToPath(import.meta.url));
const nativeFolder = dirname(testFolder);
const outFolder = join(nativeFolder, "build/test");
const compiler = process.env.CXX || "g++";
const FLAGS = ["-std=c++20", "-g1", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-omit-frame-pointer", "-pthread"];
const FLAVOURS = {
  // A null pointer and an object's end are the address sanitizer's to find: a second check of each takes long to compile.
  address: ["-fsanitize=address,undefined", "-fno-sanitize=null,object-size,vptr", "-fno-sanitize-recover=all"],
  thread: ["-fsanitize=thread"],
};

const filesOf = (folder, pattern) =>
  readdirSync(join(nativeFolder, folder), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => join(nativeFolder, folder, name))
    .sort();
const headers = ["core", "media", "sequence", "xml", "profile", "test"].flatMap((folder) => filesOf(folder, /\.h$/));
const sources = ["core", "media", "sequence", "xml", "profile"].flatMap((folder) => filesOf(folder, /\.cc$/));

function run(command, args, timeout) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout, killSignal: "SIGKILL" });
    let output = "";
    child.stdout.on("data", (data) => (output += data));
    child.stderr.on("data", (data) => (output += data));
    child.on("error", (error) => resolve({ ok: false, output: String(error) }));
    child.on("close", (code, signal) => resolve({ ok: code === 0, output: signal === null ? output : `${output}ended by ${signal}\n` }));
  });
}

/** Runs actions, as many at once as there are processors. */
async function inParallel(items, action) {
  const rest = [...items];
  const results = [];
  const work = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) results.push(await action(item));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return results;
}

/** Compiles into a file named by a hash of all that went in, so that nothing is compiled twice. */
async function compile(inputs, name, args, extension = "") {
  const hash = createHash("sha256").update([compiler, ...args].join("\0"));
  for (const file of [...inputs, ...headers]) hash.update(readFileSync(file));
  const target = join(outFolder, `${name}-${hash.digest("hex").slice(0, 16)}${extension}`);
  if (existsSync(target)) return { target };
  const outdated = readdirSync(outFolder).filter((file) => file.startsWith(`${name}-`) && /-[0-9a-f]{16}(\.gch)?$/.test(file));
  for (const file of outdated) rmSync(join(outFolder, file), { force: true });
  const temporary = `${target}.${process.pid}`;
  const { ok, output } = await run(compiler, [...FLAGS, ...args, "-o", temporary, ...inputs]);
  if (!ok) return { target, problem: output };
  renameSync(temporary, target);
  return { target };
}

/** Folders whose code starts no thread and shares nothing between threads: the thread sanitizer has nothing to see there. */
const SINGLE_THREADED = ["media", "xml"].map((folder) => join(nativeFolder, folder, "/"));

/** Reads the standard library's headers once for all files compiled with these flags. @returns the arguments that use them */
async function precompiled(flavour, flags) {
  const { target, problem } = await compile(
    [join(testFolder, "standard.h")],
    `${flavour}-standard`,
    [...flags, "-x", "c++-header"],
    ".gch",
  );
  if (problem !== undefined) throw new Error(problem);
  return [...flags, "-include", target.slice(0, -".gch".length)];
}

async function compileObjects(flavour, flags) {
  const isWatched = (source) => flavour !== "thread" || !SINGLE_THREADED.some((folder) => source.startsWith(folder));
  const built = await inParallel(sources.filter(isWatched), (source) => {
    const name = `${flavour}-${source.slice(nativeFolder.length + 1).replaceAll("/", "-")}`;
    return compile([source], name, [...flags, "-c"]);
  });
  const problem = built.find((object) => object.problem !== undefined)?.problem;
  if (problem !== undefined) throw new Error(problem);
  return built.map((object) => object.target).sort();
}

async function runTest({ source, flavour, flags, objects }) {
  const name = `${basename(source, ".cc")} (${flavour})`;
  const built = await compile([source, ...objects], `${flavour}-${basename(source, ".cc")}`, flags);
  const result = built.problem === undefined ? await run(built.target, [], TEST_TIMEOUT_MS) : { ok: false, output: built.problem };
  console.log(`${result.ok ? "ok  " : "FAIL"} ${name}: ${result.output.trim()}`);
  return result.ok;
}

async function main(word) {
  if (spawnSync(compiler, ["--version"], { stdio: "ignore" }).status !== 0) {
    console.error(`native tests need a C++ compiler, ${compiler} is not there: apt-get install g++`);
    return EXIT_NO_COMPILER;
  }
  mkdirSync(outFolder, { recursive: true });
  const tests = filesOf("test", /_test\.cc$/).filter((source) => basename(source).includes(word));
  const outcomes = [];
  for (const flavour of Object.keys(FLAVOURS)) {
    const chosen = flavour === "thread" ? tests.filter((source) => source.endsWith("_stress_test.cc")) : tests;
    if (chosen.length === 0) continue;
    const flags = await precompiled(flavour, FLAVOURS[flavour]);
    const objects = await compileObjects(flavour, flags);
    outcomes.push(
      ...(await inParallel(
        chosen.map((source) => ({ source, flavour, flags, objects })),
        runTest,
      )),
    );
  }
  const failed = outcomes.filter((ok) => !ok).length;
  console.log(`${outcomes.length - failed} passed, ${failed} failed`);
  return failed === 0 && outcomes.length > 0 ? 0 : 1;
}

process.exitCode = await main(process.argv[2] ?? "");
