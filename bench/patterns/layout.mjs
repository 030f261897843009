/** Columns against rows, and rows without padding. */
import { HeapSegment } from "../../dist/memory/index.js";

const COUNT = 500_000;
const FIELDS = 8;

function particles() {
  return Array.from({ length: COUNT }, (_, i) => ({ x: i, y: i, z: i, vx: 1, vy: 1, vz: 1, mass: 1, active: true }));
}

export const layout = [
  (budget) => {
    const segment = new HeapSegment(budget, "bench.columns", COUNT * FIELDS * 8);
    const { buffer, byteOffset } = segment.bytes();
    const column = (index) => new Float64Array(buffer, byteOffset + index * COUNT * 8, COUNT);
    const [x, vx] = [column(0), column(3)];
    const rows = new Float64Array(COUNT * FIELDS);
    const objects = particles();
    for (let i = 0; i < COUNT; i++) {
      x[i] = rows[i * FIELDS] = i;
      vx[i] = rows[i * FIELDS + 3] = 1;
    }
    return {
      name: "one of eight fields of half a million particles moved by another",
      unit: "particle",
      workPerRun: COUNT,
      sides: [
        {
          name: "columns (SoA) in a segment",
          run: () => {
            for (let i = 0; i < COUNT; i++) x[i] += vx[i];
            return x[COUNT - 1] - x[0];
          },
          make: () => new HeapSegment(budget, "bench.columns", COUNT * FIELDS * 8),
        },
        {
          name: "rows (AoS) in one Float64Array",
          run: () => {
            for (let i = 0; i < COUNT * FIELDS; i += FIELDS) rows[i] += rows[i + 3];
            return rows[(COUNT - 1) * FIELDS] - rows[0];
          },
          make: () => new Float64Array(COUNT * FIELDS),
        },
        {
          name: "an array of objects",
          run: () => {
            for (const particle of objects) particle.x += particle.vx;
            return objects[COUNT - 1].x - objects[0].x;
          },
          make: particles,
        },
      ],
      close: () => segment.close(),
      conclude: (isSlower) =>
        isSlower(1)
          ? "work that reads few fields of many rows wants columns: every cache line is full of what it needs"
          : "the rows fit the caches or the prefetcher kept up in this run; columns are no worse",
    };
  },
];
