import { describe, expect, it } from "vitest";
import type { CaptureEvent } from "../../src/profile/capture/index.ts";
import { leakOf } from "../../src/profile/leak.ts";
import { captureOf } from "./capture-of.ts";

const MIB = 2 ** 20;
const ROWS = 200;

type Shape = {
  readonly used: (share: number) => number;
  readonly heap?: (share: number) => number;
  readonly floor?: (share: number) => number;
};

/** A run of 20 s: the tree, the heap of its Node process, and what twenty full collections left of that, in MiB. */
function run({ used, heap, floor }: Shape) {
  const times = Array.from({ length: ROWS }, (_, row) => row * 100);
  const share = (atMs: number) => atMs / (ROWS * 100);
  const collections = Array.from({ length: floor === undefined ? 0 : 20 }, (_, at): CaptureEvent => {
    const atMs = at * 1000;
    const afterBytes = (floor?.(share(atMs)) ?? 0) * MIB;
    return { type: "gc", process: 0, thread: 0, atMs, kind: "major", durationMs: 5, beforeBytes: 0, afterBytes };
  });
  return captureOf({
    rows: {
      tree: times.map((atMs) => [atMs, used(share(atMs)) * MIB, 1, 0, 1, 0, 0, 0, 0]),
      isolate: heap === undefined ? [] : times.map((atMs) => [atMs, 0, 0, 0, heap(share(atMs)) * MIB, 4000 * MIB]),
    },
    events: collections,
  });
}

describe("leakOf", () => {
  it("judges the tree where nothing else is known", () => {
    expect(leakOf(run({ used: (t) => 50 + 40 * t }))).toMatchObject({ verdict: "leak", of: "tree" });
    expect(leakOf(run({ used: () => 50 }))).toMatchObject({ verdict: "steady", of: "tree" });
  });

  it("does not take a heap that grows until it is collected for a leak", () => {
    const grows = (t: number) => 20 + 60 * t;
    expect(leakOf(run({ used: (t) => 30 + grows(t), heap: grows }))).toMatchObject({ verdict: "leak", of: "tree" });
    expect(leakOf(run({ used: (t) => 30 + grows(t), heap: grows, floor: () => 15 })).verdict).toBe("steady");
  });

  it("finds a leak of the heap, and one beside it", () => {
    const sawtooth = (t: number) => 40 + 30 * ((t * 17) % 1);
    const ofHeap = run({ used: (t) => 30 + sawtooth(t) + 20 * t, heap: (t) => sawtooth(t) + 20 * t, floor: (t) => 15 + 20 * t });
    expect(leakOf(ofHeap)).toMatchObject({ verdict: "leak", of: { process: 0, thread: 0 } });
    const beside = run({ used: (t) => 30 + sawtooth(t) + 20 * t, heap: sawtooth, floor: () => 15 });
    expect(leakOf(beside)).toMatchObject({ verdict: "leak", of: "tree" });
    expect(leakOf(beside).slopeBytesPerSecond / MIB).toBeCloseTo(1, 1);
  });

  it("keeps a heap in the tree that had too few collections to be judged by", () => {
    const capture = run({ used: (t) => 50 + 40 * t, heap: (t) => 20 + 40 * t, floor: () => 15 });
    const few = { ...capture, events: capture.events.slice(0, 5) };
    expect(leakOf(few)).toMatchObject({ verdict: "leak", of: "tree" });
  });

  it("passes over rows after the end", () => {
    const capture = run({ used: (t) => 50 + 40 * t });
    capture.tables.tree.processes.fill(0, 150);
    capture.tables.tree.usedBytes.fill(0, 150);
    expect(leakOf(capture).verdict).toBe("leak");
  });
});
