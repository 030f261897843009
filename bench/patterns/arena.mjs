/** Many small things of one lifetime. */
import { Arena } from "../../dist/memory/index.js";

const COUNT = 4096;
const BYTES = 256;

export const arena = [
  (budget) => {
    const room = new Arena(budget, "bench.arena", COUNT * BYTES);
    const fill = (allocate) => {
      let sum = 0;
      for (let i = 0; i < COUNT; i++) {
        const bytes = allocate();
        bytes[i & 255] = i & 7;
        sum += bytes[i & 255];
      }
      return sum;
    };
    const keep = (allocate) => Array.from({ length: COUNT }, allocate);
    return {
      name: "4096 ranges of 256 B, dropped together",
      unit: "range",
      workPerRun: COUNT,
      sides: [
        {
          name: "Arena",
          run: () => {
            room.reset();
            return fill(() => room.allocate(BYTES));
          },
          make: () => {
            const own = new Arena(budget, "bench.arena", COUNT * BYTES);
            const ranges = keep(() => own.allocate(BYTES));
            return { ranges, [Symbol.dispose]: () => own.close() };
          },
        },
        { name: "new Uint8Array", run: () => fill(() => new Uint8Array(BYTES)), make: () => keep(() => new Uint8Array(BYTES)) },
        { name: "Buffer.allocUnsafe", run: () => fill(() => Buffer.allocUnsafe(BYTES)), make: () => keep(() => Buffer.allocUnsafe(BYTES)) },
      ],
      close: () => room.close(),
      conclude: (isSlower) =>
        [
          isSlower(1) ? "an arena beats a buffer for each" : "a buffer for each is as quick as an arena",
          isSlower(2) ? "and Node's own pool" : "Node's own pool is as quick or quicker, and keeps 8 KiB for the last piece that lives",
          "the view is what a piece costs: hand out offsets where that matters",
        ].join("; "),
    };
  },
];
