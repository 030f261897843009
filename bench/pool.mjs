// `npm run bench -- pool [words]`: a slot loaned and returned, beside a fresh Uint8Array of the slot's size. "1 free" has every
// other slot out, the worst case for the search; "written" also fills the bytes once, which makes fresh memory fault its pages in.
// Words choose rows: "slot" (64 KiB), "frame" (1080p yuv420p). One core.
import { systemClock } from "../dist/base/index.js";
import { Budget, FrameLayout, HeapSegment, MemoryPool, PressureLadder } from "../dist/memory/index.js";

const SHAPES = { slot: 64 * 1024, frame: FrameLayout.of(1920, 1080, "yuv420p").frameBytes };
const SLOT_COUNTS = [16, 64, 256, 1024];
const BATCHES = 9;

/** Median nanoseconds of one call, over batches that each take about `batchMs`. */
function medianNs(call, batchMs = 20) {
  const time = (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call(i);
    return performance.now() - start;
  };
  let count = 1;
  while (time(count) < batchMs / 4) count *= 2;
  const perCall = Array.from({ length: BATCHES }, () => (time(4 * count) / (4 * count)) * 1e6);
  return perCall.sort((a, b) => a - b)[BATCHES >> 1];
}

function nanoseconds(ns) {
  return (ns < 10_000 ? `${Math.round(ns)} ns` : `${(ns / 1000).toFixed(1)} us`).padStart(10);
}

function measure(budget, slotBytes, slotCount) {
  const segment = new HeapSegment(budget, "bench.pool", MemoryPool.segmentBytes(slotBytes, slotCount));
  const pool = new MemoryPool(segment, slotBytes);
  const loan = () => pool.loan()[Symbol.dispose]();
  const empty = medianNs(loan);
  const held = Array.from({ length: slotCount - 1 }, () => pool.loan());
  const full = medianNs(loan);
  const written = medianNs((i) => {
    const slot = pool.loan();
    slot.bytes().fill(i);
    slot[Symbol.dispose]();
  });
  for (const slot of held) slot[Symbol.dispose]();
  pool.close();
  return [empty, full, written];
}

export async function run(words) {
  const chosen = Object.entries(SHAPES).filter(([name]) => words.length === 0 || words.includes(name));
  if (chosen.length === 0) throw new Error(`rows are: ${Object.keys(SHAPES).join(", ")}`);
  const origin = { source: "the bench", advice: (limitBytes) => ({ limitBytes, hint: "a larger bench" }) };
  const budget = Budget.root({ name: "bench", limitBytes: 2 ** 33, clock: systemClock, ladder: new PressureLadder(systemClock), origin });
  console.log("bytes per slot   slots   all free     1 free    written   new Uint8Array    written");
  for (const [, slotBytes] of chosen) {
    const fresh = medianNs(() => new Uint8Array(slotBytes)[0]);
    const freshWritten = medianNs((i) => new Uint8Array(slotBytes).fill(i)[0]);
    for (const slotCount of SLOT_COUNTS) {
      const pooled = measure(budget, slotBytes, slotCount).map(nanoseconds).join(" ");
      const counts = `${String(slotBytes).padStart(14)} ${String(slotCount).padStart(7)}`;
      console.log(`${counts} ${pooled}       ${nanoseconds(fresh)} ${nanoseconds(freshWritten)}`);
    }
  }
  budget[Symbol.dispose]();
}
