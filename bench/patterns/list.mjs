/** Nodes that point at each other against numbers that lie side by side. */
import { ChunkedList } from "../../dist/memory/index.js";
import { seededRandom } from "./seeded-random.mjs";

const COUNT = 300_000;

/** Linked in the order they were made, or, as after a while of inserting and removing, in any order. */
function linked(isShuffled) {
  const nodes = Array.from({ length: COUNT }, (_, i) => ({ value: i & 1023, next: null }));
  if (isShuffled) {
    const random = seededRandom(13);
    for (let i = COUNT - 1; i > 0; i--) {
      const other = Math.floor(random() * (i + 1));
      [nodes[i], nodes[other]] = [nodes[other], nodes[i]];
    }
  }
  for (let i = 0; i + 1 < COUNT; i++) nodes[i].next = nodes[i + 1];
  return { head: nodes[0] };
}

function sumLinked({ head }) {
  let total = 0;
  for (let node = head; node !== null; node = node.next) total += node.value;
  return total;
}

export const list = [
  (budget) => {
    const chunked = () => {
      const values = new ChunkedList(budget, "bench.list", 64 * 1024);
      for (let i = 0; i < COUNT; i++) values.push(i & 1023);
      return values;
    };
    const [values, inOrder, shuffled] = [chunked(), linked(false), linked(true)];
    return {
      name: "the sum of a list of 300,000 numbers",
      unit: "number",
      workPerRun: COUNT,
      sides: [
        {
          name: "ChunkedList, chunk by chunk",
          run: () => {
            let total = 0;
            for (const chunk of values.chunks()) for (let i = 0; i < chunk.length; i++) total += chunk[i];
            return total;
          },
          make: chunked,
        },
        { name: "linked, in any order", run: () => sumLinked(shuffled), make: () => linked(true) },
        { name: "linked, in the order made", run: () => sumLinked(inOrder), make: () => linked(false) },
        {
          name: "ChunkedList, number by number",
          run: () => {
            let total = 0;
            for (const value of values) total += value;
            return total;
          },
        },
      ],
      close: () => values[Symbol.dispose](),
      conclude: (isSlower) =>
        isSlower(1)
          ? "a list that is only appended to and read wants chunks, and a loop over each chunk: an iterator spends its time on itself"
          : "the nodes lay in order by luck of the allocator; they still hold several times as much",
    };
  },
];
