import type { Frame } from "./capture/records.ts";
import type { StackSet } from "./model.ts";

/** Call paths that begin alike, folded into a tree; node 0 is the root. Columns, as there may be tens of thousands of nodes. */
export type StackTree = Omit<StackSet, "frames" | "samples"> & {
  /** Index of the parent, which comes earlier; of the root -1. */
  readonly parent: Float64Array;
  /** Index into `frames`; of the root -1. */
  readonly frame: Float64Array;
  readonly ownBytes: Float64Array;
  readonly count: Float64Array;
  readonly frames: readonly Frame[];
};

/** Beyond this a picture shows no more, and the file only grows. */
const MOST_NODES = 20_000;

/** Deeper than V8 and heaptrack look. What a forged capture has below it is its last frame's own: pages walk these trees by recursion. */
const DEEPEST = 512;

export function stackTree({ frames, samples, ...rest }: StackSet, mostNodes = MOST_NODES): StackTree {
  const [parent, frame, ownBytes, count]: [number[], number[], number[], number[]] = [[-1], [-1], [0], [0]];
  const children = new Map<string, number>();
  for (const sample of samples) {
    let node = 0;
    for (const index of sample.stack.slice(0, DEEPEST)) {
      const key = `${node} ${index}`;
      let next = children.get(key);
      if (next === undefined) {
        next = parent.push(node) - 1;
        frame.push(index);
        ownBytes.push(0);
        count.push(0);
        children.set(key, next);
      }
      node = next;
    }
    ownBytes[node] = (ownBytes[node] ?? 0) + sample.weight;
    count[node] = (count[node] ?? 0) + sample.count;
  }
  const columns = {
    parent: Float64Array.from(parent),
    frame: Float64Array.from(frame),
    ownBytes: Float64Array.from(ownBytes),
    count: Float64Array.from(count),
  };
  return { ...rest, frames, ...(parent.length > mostNodes ? pruned(columns, mostNodes) : columns) };
}

type Columns = Pick<StackTree, "parent" | "frame" | "ownBytes" | "count">;

/** Keeps the heaviest nodes; what hangs below a node that goes is its parent's own, so that no byte gets lost. */
function pruned({ parent, frame, ownBytes, count }: Columns, mostNodes: number): Columns {
  const total = totals(parent, ownBytes);
  const least = total.slice().sort().at(-mostNodes) ?? 0;
  /** Where a node, or what is left of it, is now. */
  const place = new Map<number, number>();
  const isKept = new Set<number>([0]);
  const kept: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const node of parent.keys()) {
    const above = parent[node] ?? -1;
    const up = place.get(above) ?? 0;
    if (node === 0 || (isKept.has(above) && (total[node] ?? 0) >= least && kept[0].length < mostNodes)) {
      isKept.add(node);
      place.set(node, kept[0].push(node === 0 ? -1 : up) - 1);
      kept[1].push(frame[node] ?? -1);
      kept[2].push(ownBytes[node] ?? 0);
      kept[3].push(count[node] ?? 0);
    } else {
      place.set(node, up);
      kept[2][up] = (kept[2][up] ?? 0) + (ownBytes[node] ?? 0);
      kept[3][up] = (kept[3][up] ?? 0) + (count[node] ?? 0);
    }
  }
  return {
    parent: Float64Array.from(kept[0]),
    frame: Float64Array.from(kept[1]),
    ownBytes: Float64Array.from(kept[2]),
    count: Float64Array.from(kept[3]),
  };
}

/** Own bytes and those of everything below. */
export function totals(parent: Float64Array, ownBytes: Float64Array): Float64Array {
  const sum = ownBytes.slice();
  for (let node = sum.length - 1; node > 0; node -= 1) {
    const up = parent[node] ?? 0;
    sum[up] = (sum[up] ?? 0) + (sum[node] ?? 0);
  }
  return sum;
}
