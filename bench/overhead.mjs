// `npm run bench -- overhead [--pairs 15] [--only name,name] [--with every-process,time,massif,heaptrack] [--mm "<command prefix>"]`: what a
// program takes longer when it is profiled. Each run is measured from inside (by a timer between the profiler and the program), plain and
// profiled in turn, so that what the machine does meanwhile meets both. Medians of the pairs' ratios, with a bootstrap interval of 95 %, and the
// ratio of the best times, which is what other programs on the machine disturb least.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const HERE = dirname(fileURLToPath(import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "mm-overhead-"));
const PROGRAMS = join(FOLDER, "programs");
const GIB = 1024 ** 3;
const RESAMPLES = 2000;
const BIG_MIB = freemem() > 6 * GIB ? 4096 : 1024;

const NODE_LOOP = "let s = 0; for (let i = 0; i < 1.2e9; i++) s = (s + i * 7) | 0; if (s === 1) console.log(s);";
const NODE_ALLOCATION =
  "const kept = []; for (let i = 0; i < 5e8; i++) { const o = { a: i, b: [i] }; if (i % 500 === 0) kept.push(o); } if (kept.length === 1) console.log(kept);";
const SHORT = "i=0; while [ $i -lt 500 ]; do /bin/true; i=$((i+1)); done";

const WORK = {
  "node-loop": [process.execPath, "-e", NODE_LOOP],
  "node-allocation": [process.execPath, "-e", NODE_ALLOCATION],
  malloc: [PROGRAMS, "malloc", "80000000"],
  "500-processes": ["/bin/sh", "-c", SHORT],
  [`${BIG_MIB}-mib`]: [PROGRAMS, "big", String(BIG_MIB), "8000000"],
  "1000-mappings": [PROGRAMS, "mappings", "1000", "150000"],
};

function compile() {
  const built = spawnSync(process.env.CC ?? "cc", ["-O2", "-o", PROGRAMS, join(HERE, "overhead/programs.c")], { stdio: "inherit" });
  if (built.status !== 0) throw new Error("this bench needs a C compiler: apt-get install gcc");
}

const isThere = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;

const ALONE = new Set(["massif", "heaptrack"]);

/** What stands before a command, by the name of the profiler. */
function profilers(mm) {
  const capture = join(FOLDER, "run.mmprof");
  const own = mm === undefined ? [process.execPath, join(HERE, "../bin/mm.js"), "profile", "-o", capture, "-y"] : mm.split(" ");
  return {
    mm: [...own, "--"],
    "every-process": [...own, "--every-process", "--"],
    time: isThere("/usr/bin/time") ? ["/usr/bin/time", "-v", "-o", "/dev/null"] : undefined,
    massif: isThere("valgrind") ? ["valgrind", "--quiet", "--tool=massif", `--massif-out-file=${join(FOLDER, "massif")}`] : undefined,
    heaptrack: isThere("heaptrack") ? ["heaptrack", "-o", join(FOLDER, "heaptrack")] : undefined,
  };
}

/**
 * One run. Who profiles only the program it starts itself (ALONE) has no timer below it: its own start counts.
 *
 * @returns what the command took, and what the profiler took beside it, in milliseconds
 */
function measure(profiler, prefix, command) {
  const inner = join(FOLDER, "inner.json");
  const outer = join(FOLDER, "outer.json");
  const timed = [PROGRAMS, "timer", inner];
  const words = ["timer", outer, ...(ALONE.has(profiler) ? [...timed, ...prefix] : [...prefix, ...timed]), ...command];
  const { status } = spawnSync(PROGRAMS, words, { stdio: ["ignore", "ignore", "ignore"] });
  if (status !== 0) throw new Error(`${words.join(" ")} ended with ${status}`);
  const [of, all] = [inner, outer].map((file) => JSON.parse(readFileSync(file, "utf8")));
  return { wallMs: of.wallMs, cpuMs: of.cpuMs, profilerCpuMs: all.cpuMs - of.cpuMs };
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const quantile = (values, share) => sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))];
const median = (values) => quantile(values, 0.5);

/** The middle 95 % of the medians of samples drawn with replacement, from a fixed seed. */
function interval(values) {
  let state = 4711;
  const draw = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return values[Math.floor((state / 2 ** 32) * values.length)];
  };
  const medians = Array.from({ length: RESAMPLES }, () => median(values.map(draw)));
  return [quantile(medians, 0.025), quantile(medians, 0.975)];
}

const percent = (ratio) => `${ratio >= 1 ? "+" : ""}${((ratio - 1) * 100).toFixed(1)} %`;

function compare(name, command, profiler, prefix, pairs, startCpuMs) {
  const plain = [];
  const profiled = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // In turn first, so that neither always finds the caches of the other.
    const turns = [() => plain.push(measure("none", [], command)), () => profiled.push(measure(profiler, prefix, command))];
    for (const turn of pair % 2 === 0 ? turns : turns.reverse()) turn();
  }
  const wall = profiled.map((each, pair) => each.wallMs / plain[pair].wallMs);
  const cpu = profiled.map((each, pair) => each.cpuMs / plain[pair].cpuMs);
  const [low, high] = interval(wall);
  const ownShare = median(profiled.map((each) => Math.max(0, each.profilerCpuMs - startCpuMs) / each.wallMs));
  return {
    work: name,
    profiler,
    plainMs: Math.round(median(plain.map((each) => each.wallMs))),
    wall: percent(median(wall)),
    "95 %": `${percent(low)} to ${percent(high)}`,
    best: percent(Math.min(...profiled.map((each) => each.wallMs)) / Math.min(...plain.map((each) => each.wallMs))),
    cpu: percent(median(cpu)),
    "own cpu": ALONE.has(profiler) ? "-" : `${(ownShare * 100).toFixed(2)} % of a core`,
  };
}

export async function run(words) {
  const { values } = parseArgs({
    args: words,
    options: {
      pairs: { type: "string", default: "15" },
      only: { type: "string", default: Object.keys(WORK).join(",") },
      with: { type: "string", default: "" },
      mm: { type: "string" },
      json: { type: "string" },
    },
  });
  compile();
  const known = profilers(values.mm);
  const rows = [];
  for (const profiler of ["mm", ...values.with.split(",").filter((name) => name !== "")]) {
    const prefix = known[profiler];
    if (prefix === undefined) {
      console.log(`${profiler} is not installed`);
      continue;
    }
    // What a profiler takes to start and to write its result is not what it takes while it watches.
    const startCpuMs = median(Array.from({ length: 5 }, () => measure(profiler, prefix, ["/bin/true"]).profilerCpuMs));
    for (const name of values.only.split(",")) {
      const row = compare(name, WORK[name], profiler, prefix, Number(values.pairs), startCpuMs);
      console.log(Object.values(row).join(" | "));
      rows.push(row);
    }
  }
  console.table(rows);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  rmSync(FOLDER, { recursive: true });
}
