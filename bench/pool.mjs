// `npm run bench -- pool [words]`: what the memory core hands out, each beside what plain JS has for the job. Words choose parts:
// slot, frame   a slot of 64 KiB or of one 1080p yuv420p frame, loaned and returned, beside a fresh Uint8Array of its size. "1 free" has
//               every other slot out, the worst case for the search; "written" fills the bytes, which makes fresh memory fault its pages in.
// bitmap        one slot number taken and given back, beside free lists; these serve one thread, the bitmap serves any number.
// thread        one 1080p frame to another thread, which adds up its 32-bit words and answers. The shared frame lies in the segment already.
// arena         1024 allocations of one lifetime, per allocation, beside as many new Uint8Array.
import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { systemClock } from "../dist/base/index.js";
import {
  Arena,
  AtomicBitmap,
  Budget,
  FrameLayout,
  HeapSegment,
  MemoryPool,
  PressureLadder,
  SharedMemorySegment,
} from "../dist/memory/index.js";

const FRAME_BYTES = FrameLayout.of(1920, 1080, "yuv420p").frameBytes;
const SLOT_COUNTS = [16, 64, 256, 1024];
const BATCHES = 9;
const HAND_OVERS = 60;
const ALLOCATIONS = 1024;
const ALLOCATION_BYTES = [64, 256, 4096];

function openBudget() {
  const origin = { source: "the bench", advice: (limitBytes) => ({ limitBytes, hint: "a larger bench" }) };
  return Budget.root({ name: "bench", limitBytes: 2 ** 33, clock: systemClock, ladder: new PressureLadder(systemClock), origin });
}

/** Median nanoseconds of one call, over batches that each take about `batchMs`. */
function medianNs(call, batchMs = 10) {
  const time = (count) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) call(i);
    return performance.now() - start;
  };
  let count = 1;
  while (time(count) < batchMs / 4) count *= 2;
  return median(Array.from({ length: BATCHES }, () => (time(4 * count) / (4 * count)) * 1e6));
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function printRow(head, times) {
  const texts = times.map((ns) => (ns < 10_000 ? `${Math.round(ns)} ns` : `${(ns / 1000).toFixed(1)} us`).padStart(18));
  console.log(head.padEnd(26) + texts.join(""));
}

function printHead(head, columns) {
  console.log(`\n${head.padEnd(26)}${columns.map((column) => column.padStart(18)).join("")}`);
}

function slots(budget, slotBytes) {
  printHead(`slots of ${slotBytes} B`, ["all free", "1 free", "written", "new Uint8Array", "written"]);
  const fresh = [medianNs(() => new Uint8Array(slotBytes)[0]), medianNs((i) => new Uint8Array(slotBytes).fill(i)[0])];
  for (const slotCount of SLOT_COUNTS) printRow(String(slotCount), [...slotTimes(budget, slotBytes, slotCount), ...fresh]);
}

function slotTimes(budget, slotBytes, slotCount) {
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

function bitmaps() {
  printHead("slot numbers", ["AtomicBitmap", "1 free", "array stack", "Set"]);
  for (const slotCount of SLOT_COUNTS) {
    const bitmap = new AtomicBitmap(slotCount);
    const turn = () => bitmap.releaseSlot(bitmap.acquireSlot());
    const empty = medianNs(turn);
    while (bitmap.available > 1) bitmap.acquireSlot();
    const full = medianNs(turn);
    const stack = Array.from({ length: slotCount }, (_, index) => index);
    const set = new Set(stack);
    const inStack = medianNs(() => stack.push(stack.pop()));
    const inSet = medianNs(() => {
      const [index] = set;
      set.delete(index);
      set.add(index);
    });
    printRow(String(slotCount), [empty, full, inStack, inSet]);
  }
}

async function threads(budget) {
  const segment = SharedMemorySegment.create(budget, "bench.frame", "mm-bench-frame", FRAME_BYTES);
  const frame = segment.bytes();
  for (let i = 0; i < FRAME_BYTES; i++) frame[i] = i * 31;
  const shared = new Uint8Array(new SharedArrayBuffer(FRAME_BYTES));
  shared.set(frame);
  const ways = {
    IpcHandle: { handle: segment.ipcHandle() },
    "kept mapped": { handle: segment.ipcHandle(), keep: true },
    SharedArrayBuffer: { bytes: shared },
    copy: { bytes: shared.slice() },
  };
  const sum = addUp(frame);
  const worker = new Worker(new URL(import.meta.url));
  const times = [];
  for (const way of Object.values(ways)) times.push(await handOverNs(worker, way, sum));
  worker.postMessage({ end: true });
  await once(worker, "exit");
  segment.close();
  printHead(`a frame of ${FRAME_BYTES} B`, Object.keys(ways));
  printRow("to a thread and back", times);
}

async function handOverNs(worker, message, sum) {
  const times = [];
  for (let i = 0; i < HAND_OVERS; i++) {
    const start = performance.now();
    worker.postMessage(message);
    const [answer] = await once(worker, "message");
    times.push((performance.now() - start) * 1e6);
    if (answer !== sum) throw new Error(`the thread read other bytes: ${answer} in place of ${sum}`);
  }
  return median(times);
}

function addUp(bytes) {
  let sum = 0;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
  for (let i = 0; i < words.length; i++) sum += words[i];
  return sum;
}

/** The other thread. It maps the descriptor itself, as another process would. */
function serve() {
  const budget = openBudget();
  const mapped = new Map();
  parentPort.on("message", ({ handle, keep, bytes, end }) => {
    if (end) {
      for (const segment of mapped.values()) segment.close();
      budget[Symbol.dispose]();
      parentPort.close();
    } else if (bytes) {
      parentPort.postMessage(addUp(bytes));
    } else {
      const segment = mapped.get(handle.fd) ?? SharedMemorySegment.fromFd(budget, "bench.frame", handle);
      parentPort.postMessage(addUp(segment.bytes()));
      if (keep) mapped.set(handle.fd, segment);
      else segment.close();
    }
  });
}

function arenas(budget) {
  printHead("allocations", ["Arena", "new Uint8Array"]);
  const arena = new Arena(budget, "bench.arena", ALLOCATIONS * Math.max(...ALLOCATION_BYTES));
  const held = new Array(ALLOCATIONS);
  for (const byteLength of ALLOCATION_BYTES) {
    const inArena = medianNs(() => {
      for (let i = 0; i < ALLOCATIONS; i++) held[i] = arena.allocate(byteLength);
      arena.reset();
    });
    const fresh = medianNs(() => {
      for (let i = 0; i < ALLOCATIONS; i++) held[i] = new Uint8Array(byteLength);
    });
    printRow(
      `${byteLength} B`,
      [inArena, fresh].map((ns) => ns / ALLOCATIONS),
    );
  }
  arena.close();
}

const PARTS = {
  slot: (budget) => slots(budget, 64 * 1024),
  frame: (budget) => slots(budget, FRAME_BYTES),
  bitmap: bitmaps,
  thread: threads,
  arena: arenas,
};

export async function run(words) {
  const chosen = Object.entries(PARTS).filter(([name]) => words.length === 0 || words.includes(name));
  if (chosen.length === 0) throw new Error(`parts are: ${Object.keys(PARTS).join(", ")}`);
  const budget = openBudget();
  for (const [, part] of chosen) await part(budget);
  budget[Symbol.dispose]();
}

if (!isMainThread) serve();
