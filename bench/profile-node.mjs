// `npm run bench -- profile-node [pairs]`: what watching a Node program costs it. Each run beside one without, in turn first and second; the
// median of the ratios of their processor times, with the quarter and three-quarter points; and the ratio of the best times, which is what other
// programs on the machine disturb least.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeEnvironment } from "../dist/profile/node-environment.js";

const STACKS_BYTES = 1024 * 1024;

/** Each prints the processor time it took, of all threads, in milliseconds; what prints nothing is timed from outside. */
const PROGRAMS = {
  "an empty program, started": "",
  "45 M small objects in one go": `
    const start = process.cpuUsage();
    let kept = [];
    for (let round = 0; round < 450; round++) {
      kept = [];
      for (let at = 0; at < 100_000; at++) kept.push({ at, round });
    }
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1000);`,
  "45 M small objects in turns": `
    const start = process.cpuUsage();
    let kept = [];
    let round = 0;
    setImmediate(function turn() {
      kept = [];
      for (let at = 0; at < 25_000; at++) kept.push({ at, round });
      if (++round < 1800) setImmediate(turn);
      else {
        const { user, system } = process.cpuUsage(start);
        console.log((user + system) / 1000);
      }
    });`,
};
function timeOf(path, changes) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [path], { env: { ...process.env, ...changes }, encoding: "utf8" });
  const elapsedMs = performance.now() - start;
  if (status !== 0) throw new Error(stderr);
  return stdout === "" ? elapsedMs : Number(stdout);
}

export async function run([pairs = "15"]) {
  const folder = mkdtempSync(join(tmpdir(), "mm-bench-"));
  const modes = { internals: { folder }, stacks: { folder, stacksBytes: STACKS_BYTES } };
  console.log(`${pairs} pairs each, ratio to the same program alone\n`);
  console.log(`${"".padEnd(42)}${"alone ms".padStart(9)}${"median".padStart(9)}${"quarters".padStart(16)}${"best".padStart(9)}`);
  for (const [name, source] of Object.entries(PROGRAMS)) {
    const path = join(folder, "program.mjs");
    writeFileSync(path, source);
    for (const [mode, watch] of Object.entries(modes)) {
      const changes = nodeEnvironment(process.env, watch);
      const alone = [];
      const beside = [];
      const ratios = Array.from({ length: Number(pairs) }, (_, pair) => {
        const first = timeOf(path, pair % 2 === 0 ? {} : changes);
        const second = timeOf(path, pair % 2 === 0 ? changes : {});
        alone.push(pair % 2 === 0 ? first : second);
        beside.push(pair % 2 === 0 ? second : first);
        return beside.at(-1) / alone.at(-1);
      });
      const at = (values, share) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
      const [quarter, median, three] = [0.25, 0.5, 0.75].map((share) => at(ratios, share).toFixed(3));
      const line = `${`${name}: ${mode}`.padEnd(42)}${at(alone, 0.5).toFixed(0).padStart(9)}${median.padStart(9)}`;
      const best = (Math.min(...beside) / Math.min(...alone)).toFixed(3);
      console.log(`${line}${`${quarter} to ${three}`.padStart(16)}${best.padStart(9)}`);
    }
  }
  rmSync(folder, { recursive: true });
}
