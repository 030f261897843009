import { describe, expect, test } from "vitest";
import { buildModel } from "../../src/profile/build-model.ts";
import type { Layer } from "../../src/profile/model.ts";
import { cutAt, cutScene, dayScene, hostileScene, jobScene, lonelyScene, makeScene, serverScene } from "./scenes.ts";
import { captureOf, ended, MIB, played, started } from "./synthetic.ts";

function sumAt(layers: readonly Layer[], point: number): number {
  return layers.filter(({ isCounted }) => isCounted).reduce((sum, { bytes }) => sum + (bytes[point] ?? 0), 0);
}

describe("the timeline", () => {
  test.each([
    ["a server", serverScene],
    ["a compiler", lonelyScene],
    ["make", makeScene],
    ["an mm job", jobScene],
  ])("by process, by program and by kind add up to what the tree held at every point of %s", (_name, scene) => {
    const { timeline } = buildModel(scene());
    for (const layers of [
      timeline.layers.process,
      timeline.layers.kind,
      ...(timeline.layers.program.length > 0 ? [timeline.layers.program] : []),
    ]) {
      for (const [point, usedBytes] of timeline.usedBytes.entries()) {
        // A rest below half a percent of the peak has no layer, and each layer is rounded.
        expect(Math.abs(sumAt(layers, point) - usedBytes)).toBeLessThanOrEqual(0.005 * Math.max(...timeline.usedBytes) + layers.length);
      }
    }
  });

  test("between two measurements a process is moved by what its resident size has moved", () => {
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a"), started(1, 6, 0, 0, "b")],
      tree: [
        { atMs: 0, usedBytes: 90, isMeasured: 1, processes: 2 },
        { atMs: 50, usedBytes: 110, processes: 2 },
      ],
      measured: [
        { atMs: 0, process: 0, residentBytes: 100, pssAnonBytes: 40, pssSharedBytes: 20, swapPssBytes: 10 },
        { atMs: 0, process: 1, residentBytes: 60, pssAnonBytes: 20 },
      ],
      resident: [
        { atMs: 0, process: 0, residentBytes: 100, sharedBytes: 50 },
        { atMs: 0, process: 1, residentBytes: 60, sharedBytes: 40 },
        { atMs: 50, process: 0, residentBytes: 120, sharedBytes: 50 },
        { atMs: 50, process: 1, residentBytes: 60, sharedBytes: 40 },
      ],
    });
    const { timeline, peaks, processes } = buildModel(capture);
    const of = (key: string) => [...(timeline.layers.process.find((layer) => layer.key === key)?.bytes ?? [])];
    expect(of("p0")).toEqual([70, 90]);
    expect(of("p1")).toEqual([20, 20]);
    expect(peaks.tree).toMatchObject({ bytes: 110, atMs: 50, isMeasured: false, measuredBytes: 90 });
    expect(peaks.tree.holders).toEqual([
      { process: 0, name: "a", pid: 5, bytes: 90 },
      { process: 1, name: "b", pid: 6, bytes: 20 },
    ]);
    expect(processes[0]).toMatchObject({ peakUsedBytes: 90, peakAtMs: 50 });
  });

  test("a measurement corrects the estimate of its own tick: the peak of a process is not above the tree's", () => {
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a")],
      tree: [
        { atMs: 0, usedBytes: 50, isMeasured: 1 },
        { atMs: 50, usedBytes: 55, isMeasured: 1 },
      ],
      measured: [
        { atMs: 0, process: 0, pssAnonBytes: 50 },
        { atMs: 50, process: 0, pssAnonBytes: 55 },
      ],
      resident: [
        { atMs: 0, process: 0, residentBytes: 50 },
        { atMs: 50, process: 0, residentBytes: 99 },
      ],
    });
    expect(buildModel(capture).processes[0]).toMatchObject({ peakUsedBytes: 55, peakAtMs: 50 });
  });

  test("processes together never stand higher than the tree", () => {
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a"), started(1, 6, 0, 0, "b")],
      tree: [{ atMs: 0, usedBytes: 100 }],
      resident: [
        { atMs: 0, process: 0, residentBytes: 90 },
        { atMs: 0, process: 1, residentBytes: 60 },
      ],
    });
    const { layers } = buildModel(capture).timeline;
    expect(layers.process.map(({ bytes }) => bytes[0])).toEqual([60, 40]);
  });

  test("what no process explains has a layer of its own", () => {
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a")],
      tree: [{ atMs: 0, usedBytes: 100 }],
      resident: [{ atMs: 0, process: 0, residentBytes: 60 }],
    });
    const { layers } = buildModel(capture).timeline;
    expect(layers.process.map(({ key, bytes }) => [key, bytes[0]])).toEqual([
      ["p0", 60],
      ["rest", 40],
    ]);
  });

  test("a capture without processes still shows its tree", () => {
    const { layers } = buildModel(captureOf({ tree: [{ atMs: 0, usedBytes: 100 }] })).timeline;
    expect(layers.process.map(({ label, bytes }) => [label, bytes[0]])).toEqual([["not attributed", 100]]);
    expect(layers.program).toEqual([]);
  });

  test("a process that ended holds nothing any more, one that ends in a tick that saw it still does", () => {
    const row = (atMs: number, process: number) => ({ atMs, process, residentBytes: 10 });
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a"), started(1, 6, 0, 0, "b"), ended(1, 50)],
      tree: [
        { atMs: 0, usedBytes: 20 },
        { atMs: 50, usedBytes: 20 },
        { atMs: 100, usedBytes: 10 },
      ],
      resident: [row(0, 0), row(0, 1), row(50, 0), row(50, 1), row(100, 0)],
    });
    const layer = buildModel(capture).timeline.layers.process.find(({ process }) => process === 1);
    expect([...(layer?.bytes ?? [])]).toEqual([10, 10, 0]);
  });

  test("V8's own figures never exceed what the kernel counts, and what they leave is native", () => {
    const at = (pssAnonBytes: number) =>
      captureOf({
        events: [started(0, 5, -1, 0, "node")],
        tree: [{ atMs: 0, usedBytes: pssAnonBytes, isMeasured: 1 }],
        measured: [{ atMs: 0, process: 0, pssAnonBytes }],
        resident: [{ atMs: 0, process: 0, residentBytes: pssAnonBytes }],
        isolate: [
          {
            atMs: 0,
            process: 0,
            heapTotalBytes: 60,
            newSpaceBytes: 10,
            oldSpaceBytes: 30,
            largeObjectBytes: 15,
            externalBytes: 40,
            arrayBuffersBytes: 25,
          },
        ],
      });
    const kinds = (pssAnonBytes: number) =>
      Object.fromEntries(buildModel(at(pssAnonBytes)).timeline.layers.kind.map(({ key, bytes }) => [key, bytes[0]]));
    expect(kinds(150)).toEqual({ newSpace: 10, oldSpace: 30, largeObjects: 15, code: 5, external: 15, arrayBuffers: 25, native: 50 });
    expect(kinds(50)).toEqual({ newSpace: 5, oldSpace: 15, largeObjects: 8, code: 3, external: 8, arrayBuffers: 13 });
  });

  test("a program that replaced Node has no V8", () => {
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "node"), { type: "exec", process: 0, atMs: 40, command: ["/bin/cat"], name: "cat" }],
      tree: [
        { atMs: 0, usedBytes: 100 },
        { atMs: 50, usedBytes: 100 },
      ],
      resident: [
        { atMs: 0, process: 0, residentBytes: 100 },
        { atMs: 50, process: 0, residentBytes: 100 },
      ],
      isolate: [{ atMs: 0, process: 0, heapTotalBytes: 60, oldSpaceBytes: 60 }],
    });
    const model = buildModel(capture);
    const of = (key: string) => [...(model.timeline.layers.kind.find((layer) => layer.key === key)?.bytes ?? [])];
    expect(of("oldSpace")).toEqual([60, 0]);
    expect(of("anon")).toEqual([0, 100]);
    expect(model.processes[0]?.name).toBe("cat");
  });

  test("rates are of the time between two points, and unknown before the first", () => {
    const counters = (atMs: number, cpuMs: number, minorFaults: number) => ({ atMs, process: 0, residentBytes: 1, cpuMs, minorFaults });
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a")],
      tree: [
        { atMs: 0, usedBytes: 1 },
        { atMs: 500, usedBytes: 1, someStallMicros: 50_000, fullStallMicros: 10_000 },
      ],
      resident: [counters(0, 300, 900), counters(500, 800, 1000)],
    });
    const { timeline } = buildModel(capture);
    expect([...timeline.cpuCores]).toEqual([0, 1]);
    expect([...timeline.minorFaultsPerSecond]).toEqual([0, 200]);
    expect([...timeline.someStallShare]).toEqual([0, 0.1]);
    expect([...timeline.fullStallShare]).toEqual([0, 0.02]);
  });

  test("rates are of half a second, so that counters that come in steps show no spikes", () => {
    const points = Array.from({ length: 41 }, (_, index) => index * 50);
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a")],
      tree: points.map((atMs) => ({ atMs, usedBytes: 1 })),
      // One core all the time, told every 250 ms.
      resident: points.map((atMs) => ({ atMs, process: 0, residentBytes: 1, cpuMs: Math.floor(atMs / 250) * 250 })),
    });
    const { cpuCores } = buildModel(capture).timeline;
    for (const cores of cpuCores.subarray(10)) expect(Math.abs(cores - 1)).toBeLessThanOrEqual(0.5);
    expect(cpuCores[20]).toBe(1);
  });

  test("the ledger of an mm job is stacked by owner, and its phases are marks", () => {
    const { timeline, marks } = buildModel(jobScene());
    expect(timeline.layers.owner.map(({ label }) => label)).toEqual(["reduce.arena", "reduce.index", "io.windows"]);
    expect(Math.max(...(timeline.layers.owner[0]?.bytes ?? []))).toBe(128 * MIB);
    expect(marks.filter(({ kind }) => kind === "phase").map(({ name, atMs }) => [name, atMs])).toEqual([
      ["read", 0],
      ["cluster", 3000],
      ["write", 8000],
    ]);
  });

  test("more processes than there are layers are one layer together", () => {
    const actors = Array.from({ length: 80 }, (_, index) => ({
      ...{ pid: 10 + index, parent: index === 0 ? -1 : 0, startMs: 0, endMs: 1000, command: [`p${index}`] },
      anonBytes: () => (1 + index) * MIB,
    }));
    const { timeline } = buildModel(played(actors, { durationMs: 900 }));
    expect(timeline.layers.process).toHaveLength(65);
    expect(timeline.layers.process.at(-1)?.label).toBe("16 smaller processes");
    expect(Math.round((timeline.layers.process.at(-1)?.bytes[5] ?? 0) / MIB)).toBe(136);
  });
});

describe("peaks and processes", () => {
  test("three peaks stand side by side with their names, and none is made of another", () => {
    const { peaks } = buildModel(serverScene());
    expect(peaks.cgroup?.bytes).toBe(1180 * MIB);
    expect(peaks.cgroup?.sampledBytes).toBeLessThan(1180 * MIB);
    expect(peaks.process?.name).toBe("ffmpeg");
    expect(peaks.tree.holders.reduce((sum, { bytes }) => sum + bytes, 0)).toBeCloseTo(peaks.tree.bytes, -1);
    expect(peaks.tree.holders.map(({ bytes }) => bytes)).toEqual([...peaks.tree.holders.map(({ bytes }) => bytes)].sort((a, b) => b - a));
  });

  test("the tree's peak is the highest row of the capture, whatever number of points is drawn", () => {
    const capture = makeScene();
    const highest = Math.max(...capture.tables.tree.usedBytes);
    for (const points of [7, 100, 4000]) expect(buildModel(capture, { points }).peaks.tree.bytes).toBe(highest);
  });

  test("a process's own peak stays when it lets go, and stands beside its moment", () => {
    const at = (atMs: number, residentBytes: number) => ({ atMs, process: 0, residentBytes });
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "a")],
      tree: [{ atMs: 0, usedBytes: 10 }],
      resident: [at(0, 10), at(50, 90), at(100, 20), at(150, 90)],
    });
    expect(buildModel(capture).processes[0]).toMatchObject({ peakUsedBytes: 90, peakAtMs: 50 });
  });

  test("a capture that was cut tells what it holds, until its last row", () => {
    const { run, peaks, method, verdict } = buildModel(cutScene());
    expect(run).toMatchObject({ isComplete: false, durationMs: 22_000, exitCode: null });
    expect(method).toMatchObject({ missedTicks: null, ownCpuMs: null, damagedBytes: 312 });
    expect(peaks.cgroup).toBeNull();
    expect(verdict.level).toBe("warning");
    const whole = cutAt(serverScene(), 10_000);
    expect(buildModel(whole).peaks.cgroup).toMatchObject({ bytes: null });
  });

  test("a capture of nothing has a report too", () => {
    const { verdict, peaks, timeline } = buildModel(captureOf({}));
    expect(verdict.headline).toContain("No sample");
    expect(peaks.tree).toMatchObject({ bytes: 0, holders: [] });
    expect(timeline.atMs).toHaveLength(0);
  });

  test("processes carry their high-water mark from the exit or from a sample, whichever is higher", () => {
    const capture = captureOf({
      events: [started(0, 5, -1, 0, "/usr/bin/a", "x"), started(1, 6, 0, 10, "b"), ended(1, 20, 3, 500), ended(0, 90, 0, 50)],
      tree: [{ atMs: 0, usedBytes: 1 }],
      measured: [{ atMs: 0, process: 0, highWaterBytes: 700, threads: 4 }],
    });
    expect(buildModel(capture).processes).toMatchObject([
      { name: "a", highWaterBytes: 700, threads: 4, depth: 0, exited: true, exitCode: 0 },
      { name: "b", highWaterBytes: 500, samples: 0, depth: 1, parent: 0, exitCode: 3, startMs: 10, endMs: 20 },
    ]);
  });

  test("names from outside are spelled out", () => {
    const { processes, marks, stacks, run } = buildModel(hostileScene());
    const texts = [
      run.title,
      ...processes.map(({ name }) => name),
      ...marks.map(({ name }) => name),
      ...stacks.flatMap(({ frames }) => frames.map(({ name }) => name)),
    ];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested.
    for (const text of texts) expect(text).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/);
    expect(run.title).toContain("\\u202e");
  });
});

test("floors are the heap after each full collection that says so", () => {
  const gc = (atMs: number, kind: "minor" | "major", afterBytes: number) => ({
    type: "gc" as const,
    process: 0,
    thread: 0,
    atMs,
    kind,
    durationMs: 2,
    beforeBytes: 9,
    afterBytes,
  });
  const capture = captureOf({
    events: [started(0, 5, -1, 0, "node"), gc(30, "major", 7), gc(10, "major", 5), gc(20, "minor", 6), gc(40, "major", 0)],
  });
  const { floors, collections } = buildModel(capture);
  expect(floors.map(({ atMs, bytes }) => [[...atMs], [...bytes]])).toEqual([
    [
      [10, 30],
      [5, 7],
    ],
  ]);
  expect([...collections.isMajor]).toEqual([1, 0, 1, 1]);
});

test("a day becomes a model in less than two seconds of processor time, and its one-second spike is the peak", () => {
  const capture = dayScene();
  const before = process.cpuUsage();
  const { timeline, peaks } = buildModel(capture);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(2000);
  expect(timeline.atMs.length).toBeLessThanOrEqual(4000);
  expect(peaks.tree.atMs).toBe(43_211_000);
  expect(peaks.tree.bytes).toBe(Math.max(...capture.tables.tree.usedBytes));
});
