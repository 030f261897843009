/** Room made at once against room that grows. */
import { ChunkedList } from "../../dist/memory/index.js";

const COUNT = 1_000_000;

function preallocated() {
  const values = new Float64Array(COUNT);
  for (let i = 0; i < COUNT; i++) values[i] = i;
  return values;
}

function doubling() {
  let values = new Float64Array(16);
  for (let i = 0; i < COUNT; i++) {
    if (i === values.length) {
      const larger = new Float64Array(2 * i);
      larger.set(values);
      values = larger;
    }
    values[i] = i;
  }
  return values;
}

function pushed() {
  const values = [];
  for (let i = 0; i < COUNT; i++) values.push(i + 0.5);
  return values;
}

export const allocation = [
  (budget) => {
    const chunked = () => {
      const list = new ChunkedList(budget, "bench.list", 64 * 1024);
      for (let i = 0; i < COUNT; i++) list.push(i);
      return list;
    };
    return {
      name: "a million numbers of a known count: made at once, or grown",
      unit: "number",
      workPerRun: COUNT,
      sides: [
        { name: "Float64Array(n)", run: () => preallocated()[COUNT - 1], make: preallocated },
        { name: "Float64Array, doubled when full", run: () => doubling()[COUNT - 1], make: doubling },
        {
          name: "ChunkedList.push",
          run: () => {
            const list = chunked();
            const last = list.at(COUNT - 1);
            list[Symbol.dispose]();
            return last;
          },
          make: chunked,
        },
        { name: "array.push", run: () => pushed()[COUNT - 1] - 0.5, make: pushed },
      ],
      conclude: (isSlower) =>
        isSlower(1)
          ? "name the count where you know it; where you do not, chunks need no copy and no room for one"
          : "time says nothing here; what is held does: a doubled array has up to half of it empty, and for a moment its old half beside it",
    };
  },
];
