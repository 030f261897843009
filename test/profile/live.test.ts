import { expect, test } from "vitest";
import type { CaptureEvent } from "../../src/profile/capture/index.ts";
import { LiveState } from "../../src/profile/live.ts";

const MIB = 1024 * 1024;

function started(process: number, pid: number, name: string, parent = -1): CaptureEvent {
  return { type: "process", process, pid, parent, atMs: 0, command: [name], name };
}

/** One tick: the tree, and a resident row per process. */
function tick(atMs: number, usedMib: number, processes: readonly { readonly rss: number; readonly cpuMs: number }[]) {
  const tree = Float64Array.of(atMs, usedMib * MIB, 0, 0, processes.length, 0, 0, 0, 0);
  const resident = Float64Array.from(processes.flatMap(({ rss, cpuMs }, index) => [atMs, index, rss * MIB, MIB, cpuMs, 0, 0]));
  return { rows: { tree, resident }, events: [] };
}

test("the tree now, its processes largest first, with what they use of processors since the last look", () => {
  const live = new LiveState(1024 * MIB);
  live.add({ rows: {}, events: [started(0, 10, "sh"), started(1, 11, "node", 0)] });
  live.add(
    tick(100, 50, [
      { rss: 3, cpuMs: 10 },
      { rss: 49, cpuMs: 50 },
    ]),
  );
  live.tree();
  live.add(
    tick(200, 80, [
      { rss: 3, cpuMs: 10 },
      { rss: 79, cpuMs: 130 },
    ]),
  );
  live.add(
    tick(300, 40, [
      { rss: 3, cpuMs: 10 },
      { rss: 39, cpuMs: 210 },
    ]),
  );
  const tree = live.tree();
  expect(tree).toMatchObject({ atMs: 300, usedBytes: 40 * MIB, peakBytes: 80 * MIB, limitBytes: 1024 * MIB, processCount: 2 });
  expect(tree.processes.map(({ pid, name, depth, cores }) => ({ pid, name, depth, cores }))).toEqual([
    { pid: 11, name: "node", depth: 1, cores: 0.8 },
    { pid: 10, name: "sh", depth: 0, cores: 0 },
  ]);
  expect(tree.trace).toEqual([50 * MIB, 80 * MIB, 40 * MIB]);
});

test("what was measured counts, not the resident size, and who ended is gone", () => {
  const live = new LiveState(0);
  live.add({ rows: {}, events: [started(0, 10, "a"), started(1, 11, "b")] });
  live.add(
    tick(50, 30, [
      { rss: 30, cpuMs: 0 },
      { rss: 5, cpuMs: 0 },
    ]),
  );
  const measured = Float64Array.of(60, 0, 30 * MIB, 20 * MIB, 9 * MIB, 8 * MIB, 2 * MIB, 0, 0, 0, MIB, 0, 0, 0, 1);
  live.add({
    rows: { measured },
    events: [
      { type: "exec", process: 0, atMs: 60, command: ["c"], name: "c" },
      { type: "exit", process: 1, atMs: 60, code: 0, signal: null, highWaterBytes: 0 },
    ],
  });
  expect(live.tree().processes).toMatchObject([{ pid: 10, name: "c", usedBytes: 12 * MIB, residentBytes: 30 * MIB }]);
});

test("what is kept of a long run stays small, and its trend is judged", () => {
  const live = new LiveState(0);
  live.add({ rows: {}, events: [started(0, 10, "a")] });
  for (let second = 0; second < 5000; second += 1) live.add(tick(second * 1000, 50 + second / 50, [{ rss: 50, cpuMs: 0 }]));
  const { trace, leak } = live.tree();
  expect(trace).toHaveLength(60);
  expect(leak).toBe("leak");
});
