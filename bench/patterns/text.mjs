/** The same few strings again and again. */
import { StringInterner } from "../../dist/memory/index.js";
import { seededRandom } from "./seeded-random.mjs";

const COUNT = 200_000;
const DIFFERENT = 500;

/** Names as a parser finds them: bytes in a buffer, of which each makes a string of its own. */
function names() {
  const random = seededRandom(17);
  const all = Array.from({ length: DIFFERENT }, (_, i) => Buffer.from(`Artist number ${i} of the label`));
  return Array.from({ length: COUNT }, () => all[Math.floor(random() * DIFFERENT)]);
}

export const text = [
  (budget) => {
    const found = names();
    const intern = () => {
      const interner = new StringInterner(budget, "bench.strings", { capacity: 1024, textBytes: 64 * 1024 });
      const ids = Uint32Array.from(found, (bytes) => interner.intern(bytes.latin1Slice()));
      return { interner, ids, [Symbol.dispose]: () => interner[Symbol.dispose]() };
    };
    const mapped = () => {
      const known = new Map();
      return found.map((bytes) => {
        const name = bytes.latin1Slice();
        const first = known.get(name);
        if (first === undefined) known.set(name, name);
        return first ?? name;
      });
    };
    const repeated = () => found.map((bytes) => bytes.latin1Slice());
    return {
      name: `${COUNT} names, ${DIFFERENT} different ones, each kept as it is read`,
      unit: "name",
      workPerRun: COUNT,
      sides: [
        {
          name: "StringInterner, numbers kept",
          run: () => {
            const kept = intern();
            const last = kept.interner.resolve(kept.ids[COUNT - 1]);
            kept[Symbol.dispose]();
            return last;
          },
          make: intern,
        },
        { name: "a string for each", run: () => repeated()[COUNT - 1], make: repeated },
        { name: "a Map of strings, the first kept", run: () => mapped()[COUNT - 1], make: mapped },
      ],
      conclude: (isSlower) =>
        isSlower(1)
          ? "a number for each name is smaller, and quicker to make than a string is to keep"
          : "interning costs time, and what is held is its reason; a Map saves most of that, but in the V8 heap, which the ledger cannot see",
    };
  },
];
