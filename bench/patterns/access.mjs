/** The order in which memory is read. */
import { HeapSegment } from "../../dist/memory/index.js";
import { seededRandom } from "./seeded-random.mjs";

const COUNT = 10_000_000;

/** Fisher and Yates: every order is as likely as any other. */
function shuffle(values) {
  const random = seededRandom(11);
  for (let i = values.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    [values[i], values[other]] = [values[other], values[i]];
  }
}

export const access = [
  (budget) => {
    const segment = new HeapSegment(budget, "bench.values", COUNT * 4);
    const { buffer, byteOffset } = segment.bytes();
    const values = new Int32Array(buffer, byteOffset, COUNT).map((_, i) => i & 1023);
    const order = (indexOf) => Uint32Array.from({ length: COUNT }, (_, i) => indexOf(i));
    const [forward, backward, shuffled] = [order((i) => i), order((i) => COUNT - 1 - i), order((i) => i)];
    shuffle(shuffled);
    const sum = (indices) => () => {
      let total = 0;
      for (let i = 0; i < COUNT; i++) total += values[indices[i]];
      return total;
    };
    return {
      name: "ten million numbers by index",
      unit: "number",
      workPerRun: COUNT,
      sides: [
        { name: "in order", run: sum(forward) },
        { name: "shuffled", run: sum(shuffled) },
        { name: "in reverse", run: sum(backward) },
      ],
      close: () => segment.close(),
      conclude: (isSlower) =>
        isSlower(1)
          ? "order is what memory is fast at. In reverse is in order, too: only a real shuffle shows the price of a miss"
          : "all of it fits this machine's caches",
    };
  },
];
