// `npm run bench -- patterns [words]`: patterns of memory use, each beside what it is said to beat, with the core's own types. Words choose
// exhibits: allocation, pool, arena, layout, access, list, text, buffer. Both sides do the same work and have to come to the same result;
// they run in turn, warmed up, and the figures are medians. "holds" is what a side has in the V8 heap, in array buffers and in the ledger
// when its work is done, after a collection.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { formatBytes, systemClock } from "../dist/base/index.js";
import { Budget, PressureLadder } from "../dist/memory/index.js";
import { access } from "./patterns/access.mjs";
import { allocation } from "./patterns/allocation.mjs";
import { arena } from "./patterns/arena.mjs";
import { buffer } from "./patterns/buffer.mjs";
import { layout } from "./patterns/layout.mjs";
import { list } from "./patterns/list.mjs";
import { pool } from "./patterns/pool.mjs";
import { text } from "./patterns/text.mjs";

const EXHIBITS = { allocation, pool, arena, layout, access, list, text, buffer };
const WARM_UPS = 2;
const REPEATS = 7;
/** Nearer to 1 than this is no difference: medians of one run differ by as much from those of the next. */
const NOISE = 1.25;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

function openBudget() {
  const origin = { source: "the bench", advice: (limitBytes) => ({ limitBytes, hint: "a larger bench" }) };
  return Budget.root({ name: "bench", limitBytes: 2 ** 33, clock: systemClock, ladder: new PressureLadder(systemClock), origin });
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** What `make` leaves behind while its result is held. */
function heldBytes(budget, make) {
  const now = () => {
    // The second one waits for what the first has only begun to free.
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const [before, reserved] = [now(), budget.reservedBytes];
  const held = make();
  // Segments are in the ledger, and not among Node's array buffers.
  const bytes = now() - before + budget.reservedBytes - reserved;
  held?.[Symbol.dispose]?.();
  return bytes;
}

function measure({ sides, workPerRun }) {
  const times = sides.map(() => []);
  const results = new Set();
  for (let repeat = -WARM_UPS; repeat < REPEATS; repeat++) {
    for (const [index, { run }] of sides.entries()) {
      const start = performance.now();
      results.add(run());
      if (repeat >= 0) times[index].push(((performance.now() - start) / workPerRun) * 1e6);
    }
  }
  if (results.size !== 1) throw new Error(`sides came to different results: ${[...results]}`);
  return times.map(median);
}

function timeText(ns) {
  return ns < 1000 ? `${ns.toFixed(ns < 10 ? 2 : 0)} ns` : `${(ns / 1000).toFixed(1)} us`;
}

function ratioText(ratio) {
  if (ratio > NOISE) return `${ratio.toFixed(1)} x slower`;
  return ratio < 1 / NOISE ? `${(1 / ratio).toFixed(1)} x faster` : "the same";
}

/** The first side is the pattern; the others are measured against it, and what to conclude depends on what was measured. */
function show(budget, exhibit) {
  const times = measure(exhibit);
  console.log(`\n${exhibit.name}, per ${exhibit.unit}`);
  for (const [index, { name, make }] of exhibit.sides.entries()) {
    const held = make === undefined ? "" : `holds ${formatBytes(heldBytes(budget, make))}`;
    const against = index === 0 ? "" : ratioText(times[index] / times[0]);
    console.log(`  ${name.padEnd(34)}${timeText(times[index]).padStart(10)}  ${against.padEnd(15)}${held}`.trimEnd());
  }
  const isSlower = (index) => times[index] > times[0] * NOISE;
  console.log(`  = ${exhibit.conclude(isSlower)}`);
}

export async function run(words) {
  const names = words.length > 0 ? words : Object.keys(EXHIBITS);
  const unknown = names.find((name) => !Object.hasOwn(EXHIBITS, name));
  if (unknown !== undefined) throw new Error(`no exhibit is called ${unknown}: ${Object.keys(EXHIBITS).join(", ")}`);
  for (const name of names) {
    for (const open of EXHIBITS[name]) {
      // One after the other, so that none is measured with the memory of another held.
      const budget = openBudget();
      const exhibit = open(budget);
      show(budget, exhibit);
      exhibit.close?.();
      budget[Symbol.dispose]();
    }
  }
}
