// `node programs.mjs <kind> <seconds>`: a program whose memory is known to leak, or known not to. All make garbage too, as programs do.
import { EventEmitter } from "node:events";
import { Readable } from "node:stream";

const MIB = 2 ** 20;
const TICK_MS = 20;
/** What a leak keeps in a second. */
const LEAK_BYTES_PER_SECOND = 2 * MIB;
const PER_TICK = (LEAK_BYTES_PER_SECOND * TICK_MS) / 1000;

const [kind, seconds] = process.argv.slice(2);
const held = [];
const map = new Map();
const emitter = new EventEmitter();
emitter.setMaxListeners(0);
const stream = new Readable({ read() {} });

const numbers = (bytes) => Array.from({ length: bytes / 8 }, (_, at) => at + 0.5);
const record = (key, bytes) => ({ key, name: `record ${key}`, values: numbers(bytes) });
function garbage() {
  let sum = 0;
  for (let at = 0; at < 40; at++) sum += record(at, 8192).values.length;
  return sum;
}
function lru(key, bytes, most) {
  map.delete(key % (3 * most));
  map.set(key % (3 * most), record(key, bytes));
  if (map.size > most) map.delete(map.keys().next().value);
}
function steps(share, at) {
  const wanted = at.filter((each) => share > each).length;
  while (held.length < wanted) held.push(numbers(16 * MIB));
}

/** Each: what is done in a tick, given how many there were and the share of the run that is over. */
const KINDS = {
  timers: (tick) => {
    const data = numbers(PER_TICK);
    setInterval(() => data.length, 2 ** 30 + tick).unref();
  },
  listeners: () => {
    const data = numbers(PER_TICK);
    emitter.on("never", () => data.length);
  },
  closures: () => {
    const data = numbers(PER_TICK);
    held.push(() => data);
  },
  map: (tick) => map.set(`request ${tick}`, record(tick, PER_TICK)),
  buffers: () => held.push(Buffer.alloc(PER_TICK, 1)),
  slices: (tick) => held.push(`${"x".repeat(PER_TICK - 10)}${tick}`.split("").reverse().join("").slice(0, 20)),
  stream: () => stream.push(Buffer.alloc(PER_TICK, 1)),
  mixed: (tick) => {
    numbers(((tick * 7919) % 10) * 100_000);
    held.push(numbers(PER_TICK));
  },
  "late-leak": (tick, share) => share > 0.4 && map.set(tick, record(tick, 1.5 * PER_TICK)),

  idle: () => undefined,
  garbage: (tick) => numbers(((tick * 7919) % 10) * 200_000),
  "warm-up": (tick, share) => share < 0.2 && map.set(tick, record(tick, 10 * PER_TICK)),
  "cache-steps": (_, share) => steps(share, [0.2, 0.6]),
  lru: (tick) => {
    for (let each = 0; each < 10; each++) lru(10 * tick + each, 16_384, 1000);
  },
  queue: (tick) => {
    held.push(Buffer.alloc(100_000, 1));
    if (held.length > 200 || tick % 97 === 0) held.splice(0, held.length >> 1);
  },
  "all-but-last": (tick) => {
    if (tick % 25 !== 0) return;
    const many = Array.from({ length: 20_000 }, (_, at) => ({ at, text: `item ${at} of ${tick}` }));
    held[(tick / 25) % 4] = many.at(-1);
  },
};

const run = KINDS[kind];
if (run === undefined) throw new Error(`one of ${Object.keys(KINDS).join(", ")}`);
const endMs = Number(seconds) * 1000;
let ticks = 0;
setInterval(() => {
  garbage();
  run(ticks++, performance.now() / endMs);
  if (performance.now() > endMs) process.exit(0);
}, TICK_MS);
