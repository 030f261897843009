/** Objects used again against new ones. */
import { ObjectPool } from "../../dist/memory/index.js";

const TURNS = 10_000;
const BUFFER_BYTES = 64 * 1024;
const IN_USE = 8;

/** So many are in use at a time, as in a pipeline. */
function turns(count, get, use, giveBack) {
  const inUse = [];
  let sum = 0;
  for (let i = 0; i < count; i++) {
    if (inUse.length === IN_USE) giveBack(inUse.shift());
    const object = get();
    sum += use(object, i);
    inUse.push(object);
  }
  for (const object of inUse) giveBack(object);
  return sum;
}

function exhibit(budget, { count, create, reset, objectBytes, use, ...words }) {
  const pool = new ObjectPool(budget, "bench.pool", { create, reset, objectBytes, capacity: IN_USE });
  return {
    unit: "object",
    workPerRun: count,
    sides: [
      {
        name: "ObjectPool",
        run: () =>
          turns(
            count,
            () => pool.get(),
            use,
            (object) => pool.returnObject(object),
          ),
      },
      { name: "a new one each time", run: () => turns(count, create, use, () => {}) },
    ],
    close: () => pool[Symbol.dispose](),
    ...words,
  };
}

export const pool = [
  (budget) =>
    exhibit(budget, {
      name: "small objects: pooled, or new",
      count: TURNS * 10,
      create: () => ({ x: 0, y: 0, z: 0 }),
      reset: (point) => {
        point.x = 0;
        point.y = 0;
        point.z = 0;
      },
      objectBytes: 48,
      use: (point, i) => {
        point.x = i & 7;
        return point.x;
      },
      conclude: (isSlower) =>
        isSlower(1)
          ? "even small objects were dearer to make than to keep in this run"
          : "V8 makes and forgets a small object for next to nothing: do not pool them",
    }),
  (budget) =>
    exhibit(budget, {
      name: "buffers of 64 KiB: pooled, or new",
      count: TURNS,
      create: () => new Uint8Array(BUFFER_BYTES),
      reset: () => {},
      objectBytes: BUFFER_BYTES,
      use: (bytes, i) => {
        for (let at = 0; at < BUFFER_BYTES; at += 4096) bytes[at] = i & 7;
        return bytes[0];
      },
      conclude: (isSlower) =>
        isSlower(1)
          ? "large buffers are cleared by the kernel and freed by the collector: use them again"
          : "the allocator had the memory at hand in this run; the pool still has a bound, and new ones have none",
    }),
];
