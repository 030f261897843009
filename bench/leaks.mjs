// `npm run bench -- leaks [simulated|real] [seconds]`: how often each rule calls a series of memory a leak. Simulated: series from a seed, of
// kinds that leak and kinds that only look like it. Real: programs of both sorts, sampled from outside every 50 ms; those of Node once more by
// their heaps after full collections.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { judgeLeak } from "../dist/memory/index.js";
import { NodeTail } from "../dist/profile/node/tail.js";
import { nodeEnvironment } from "../dist/profile/node-environment.js";
import { LEAK_KINDS, makeLeakSeries } from "../fixtures/leak-series.mjs";

const SEEDS = 1000;
const SAMPLE_MS = 50;
const AT_ONCE = 4;

/** Least squares, as plots of memory draw them: a slope that is 2.6 standard errors above 0. */
function leastSquares({ atMs, bytes }) {
  const count = bytes.length;
  const mean = (values) => values.reduce((sum, each) => sum + each, 0) / count;
  const [meanX, meanY] = [mean(atMs), mean(bytes)];
  let [xx, xy] = [0, 0];
  for (let at = 0; at < count; at++) {
    xx += (atMs[at] - meanX) ** 2;
    xy += (atMs[at] - meanX) * (bytes[at] - meanY);
  }
  const slope = xy / xx;
  const rest = bytes.reduce((sum, each, at) => sum + (each - meanY - slope * (atMs[at] - meanX)) ** 2, 0);
  return slope > 2.6 * Math.sqrt(rest / (count - 2) / xx);
}

/** Five growths in a row of the lowest of twenty parts, as detectors that look at consecutive collections have it. */
function fiveGrowths({ bytes }) {
  const lowest = Array.from({ length: 20 }, (_, part) =>
    Math.min(...bytes.subarray(Math.floor((part * bytes.length) / 20), Math.floor(((part + 1) * bytes.length) / 20))),
  );
  let row = 0;
  return lowest.some((each, at) => {
    row = at > 0 && each > lowest[at - 1] ? row + 1 : 0;
    return row >= 5;
  });
}

const RULES = { "least squares": leastSquares, "five growths": fiveGrowths, mm: (series) => judgeLeak(series).verdict === "leak" };

function simulated() {
  console.log(`${SEEDS} series of each kind, and how many of a hundred are called a leak\n`);
  console.log(
    `${"".padEnd(38)}${Object.keys(RULES)
      .map((rule) => rule.padStart(15))
      .join("")}     growing`,
  );
  for (const { name, isLeak } of LEAK_KINDS) {
    const series = Array.from({ length: SEEDS }, (_, seed) => makeLeakSeries(name, seed));
    const percent = (holds) => ((100 * series.filter(holds).length) / SEEDS).toFixed(1);
    const found = Object.values(RULES).map((rule) => percent(rule).padStart(15));
    const growing = percent((each) => judgeLeak(each).verdict === "growing").padStart(12);
    console.log(`${isLeak ? "leak " : "     "}${name.padEnd(33)}${found.join("")}${growing}`);
  }
}

const LEAKING = {
  node: ["timers", "listeners", "closures", "map", "buffers", "slices", "stream", "mixed", "late-leak"],
  c: ["linear", "linear-small", "mixed", "in-steps", "warm-and-leak"],
};
const SOUND = {
  node: ["idle", "garbage", "warm-up", "cache-steps", "lru", "queue", "all-but-last"],
  c: ["bounded", "lru", "warm-up", "cache-steps", "swings", "freed-at-end", "freed-at-end-small", "all-but-last"],
};

/** RssAnon of a child every 50 ms until it ends. */
function sampled(file, args, changes = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, ...changes } });
    const [atMs, bytes] = [[], []];
    const timer = setInterval(() => {
      try {
        const found = /^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, "latin1"));
        if (found === null) return;
        atMs.push(performance.now());
        bytes.push(Number(found[1]) * 1024);
      } catch {
        // It has just ended.
      }
    }, SAMPLE_MS);
    child.on("error", reject);
    child.on("close", () => {
      clearInterval(timer);
      resolve({ kind: "opaque", atMs: Float64Array.from(atMs), bytes: Float64Array.from(bytes) });
    });
  });
}

/** What a Node program's heap comes down to, with full collections forced now and then. */
async function floors(file, args) {
  const folder = mkdtempSync(join(tmpdir(), "mm-bench-"));
  await sampled(file, args, nodeEnvironment(process.env, { folder, forcesFloors: true }));
  const { events } = new NodeTail(folder, 0).drain((pid) => pid);
  rmSync(folder, { recursive: true });
  const found = events.filter(({ type, kind, afterBytes }) => type === "gc" && kind === "major" && afterBytes > 0);
  const column = (name) => Float64Array.from(found, (each) => each[name]);
  return { kind: "post-gc", atMs: column("atMs"), bytes: column("afterBytes") };
}

class Score {
  #counts = { found: 0, leaks: 0, wrong: 0, sound: 0 };

  add(isLeak, name, series) {
    const { verdict, slopeBytesPerSecond, lowBytesPerSecond, highBytesPerSecond } = judgeLeak(series);
    const rates = [slopeBytesPerSecond, lowBytesPerSecond, highBytesPerSecond].map((each) => (each / 2 ** 20).toFixed(2));
    const others = ["least squares", "five growths"].filter((rule) => RULES[rule](series)).join(", ");
    const line = `${isLeak ? "leak " : "     "}${name.padEnd(30)}${verdict.padEnd(11)}${rates[0]} MiB/s (${rates[1]} to ${rates[2]})`;
    console.log(`${line.padEnd(80)}${others}`);
    this.#counts[isLeak ? "leaks" : "sound"] += 1;
    if (verdict === "leak") this.#counts[isLeak ? "found" : "wrong"] += 1;
  }

  toString() {
    const { found, leaks, wrong, sound } = this.#counts;
    return `${found} of ${leaks} leaks found, ${wrong} of ${sound} sound programs called a leak`;
  }
}

async function real(seconds) {
  const folder = mkdtempSync(join(tmpdir(), "mm-bench-"));
  const beside = (name) => fileURLToPath(new URL(`leaks/${name}`, import.meta.url));
  const program = join(folder, "programs");
  const compiled = spawnSync("cc", ["-O1", "-o", program, beside("programs.c"), "-lm"], { stdio: "inherit" });
  if (compiled.status !== 0) console.log("no C programs: cc is not installed");
  const commands = { node: [process.execPath, beside("programs.mjs")], c: [program] };
  const jobs = [true, false].flatMap((isLeak) =>
    Object.entries(isLeak ? LEAKING : SOUND)
      .filter(([language]) => language !== "c" || compiled.status === 0)
      .flatMap(([language, kinds]) => kinds.map((kind) => ({ isLeak, language, kind }))),
  );
  console.log(`programs of ${seconds} s, RssAnon from outside every ${SAMPLE_MS} ms\n`);
  const scores = { outside: new Score(), inside: new Score() };
  const waiting = jobs.entries();
  const worker = async () => {
    for (const [, { isLeak, language, kind }] of waiting) {
      const [file, ...args] = commands[language];
      const words = [...args, kind, String(seconds)];
      scores.outside.add(isLeak, `${language} ${kind}`, await sampled(file, words));
      if (language === "node") scores.inside.add(isLeak, `${language} ${kind}, heap`, await floors(file, words));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  console.log(`\nfrom outside: ${scores.outside}\nheaps of Node: ${scores.inside}`);
  rmSync(folder, { recursive: true });
}

export async function run([what, seconds = "12"]) {
  if (what !== "real") simulated();
  if (what !== "simulated") await real(Number(seconds));
}
