import { describe, expect, test } from "vitest";
import { buildModel } from "../../../src/profile/build-model.ts";
import type { Capture } from "../../../src/profile/capture/records.ts";
import type { Finding, FindingId } from "../../../src/profile/model.ts";
import { type Actor, captureOf, ended, MIB, type Parts, played, type Row, started } from "../synthetic.ts";

function found(capture: Capture, id: FindingId): Finding | undefined {
  return buildModel(capture).findings.find((finding) => finding.id === id);
}

/** One process that holds `usedBytes`, and whatever else the test is about. */
function plain(parts: Parts & { readonly usedBytes?: number } = {}): Capture {
  const { usedBytes = 100 * MIB, ...rest } = parts;
  return captureOf({
    tree: [
      { atMs: 0, usedBytes, isMeasured: 1, processes: 1 },
      { atMs: 1000, usedBytes, isMeasured: 1, processes: 1 },
    ],
    resident: [
      { atMs: 0, process: 0, residentBytes: usedBytes },
      { atMs: 1000, process: 0, residentBytes: usedBytes },
    ],
    events: [started(0, 50, -1, 0, "a")],
    ...rest,
  });
}

test("a run in which nothing is odd has no findings", () => {
  expect(buildModel(plain()).findings).toEqual([]);
});

test("findings come with the most serious first, and each says what to do", () => {
  const capture = plain({ header: { limitBytes: 101 * MIB }, end: { oomKills: 1, missedTicks: 1 } });
  const { findings } = buildModel(capture);
  expect(findings.map(({ id }) => id)).toEqual(["oom-kill", "near-limit", "samples-lost"]);
  for (const { title, evidence, fix } of findings) for (const text of [title, evidence, fix]) expect(text.length).toBeGreaterThan(10);
});

describe("shared memory", () => {
  const sharers = (count: number, sharedBytes: number) =>
    played(
      Array.from(
        { length: count },
        (_, index): Actor => ({
          ...{ pid: 10 + index, parent: index === 0 ? -1 : 0, startMs: 0, endMs: 9000, command: ["w"], sharedBytes, fileBytes: 0 },
          anonBytes: () => 4 * MIB,
        }),
      ),
      { durationMs: 1000 },
    );

  test("64 MiB in 8 processes: resident sizes are 448 MiB too much", () => {
    const finding = found(sharers(8, 64 * MIB), "shared-counted-often");
    const { residentSumBytes = 0, proportionalSumBytes = 0 } = finding?.figures ?? {};
    expect(Math.round((residentSumBytes - proportionalSumBytes) / MIB)).toBe(448);
    expect(Math.round(proportionalSumBytes / MIB)).toBe(96);
  });

  test("one process alone shares with nobody", () => expect(found(sharers(1, 64 * MIB), "shared-counted-often")).toBeUndefined());
  test("program text that one process shares with others on the machine is counted once in its resident size", () => {
    const row = { process: 0, residentBytes: 80 * MIB, anonBytes: 30 * MIB, pssAnonBytes: 30 * MIB, pssFileBytes: MIB };
    const twins = (count: number) => {
      const processes = Array.from({ length: count }, (_, process) => process);
      const at = (atMs: number) => processes.map((process) => ({ ...row, atMs, process }));
      return captureOf({
        tree: [0, 1000].map((atMs) => ({ atMs, usedBytes: count * 30 * MIB, isMeasured: 1, processes: count })),
        resident: [...at(0), ...at(1000)].map(({ atMs, process, residentBytes }) => ({ atMs, process, residentBytes })),
        measured: [...at(0), ...at(1000)],
        events: processes.map((process) => started(process, 50 + process, -1, 0, "a")),
      });
    };
    expect(found(twins(2), "shared-counted-often")).toBeDefined();
    expect(found(twins(1), "shared-counted-often")).toBeUndefined();
  });
  test("a little is not worth a word", () => expect(found(sharers(8, MIB), "shared-counted-often")).toBeUndefined());
});

describe("page tables, swap and stalls", () => {
  const measured = (row: Row) => plain({ measured: [{ atMs: 0, process: 0, pssAnonBytes: 100 * MIB, ...row }] });
  const stalled = (someStallMicros: number, fullStallMicros: number) =>
    plain({
      tree: [
        { atMs: 0, usedBytes: 1 },
        { atMs: 1000, usedBytes: 1, someStallMicros, fullStallMicros },
      ],
    });

  test("page tables above 16 MiB and one percent", () => {
    expect(found(measured({ pageTableBytes: 40 * MIB }), "page-tables")?.figures.pageTableBytes).toBe(40 * MIB);
    expect(found(measured({ pageTableBytes: 8 * MIB }), "page-tables")).toBeUndefined();
    expect(found(measured({ pageTableBytes: 17 * MIB, pssAnonBytes: 0 }), "page-tables")).toBeDefined();
    const huge = captureOf({
      tree: [{ atMs: 0, usedBytes: 9000 * MIB }],
      measured: [{ atMs: 0, process: 0, pageTableBytes: 18 * MIB }],
      events: [started(0, 5, -1, 0, "a")],
    });
    expect(found(huge, "page-tables")).toBeUndefined();
  });

  test("swap from one mebibyte on", () => {
    expect(found(measured({ swapPssBytes: 3 * MIB }), "swap-used")?.figures.swapBytes).toBe(3 * MIB);
    expect(found(measured({ swapPssBytes: 1000 }), "swap-used")).toBeUndefined();
  });

  test("stalls from five percent of some, or one of all", () => {
    expect(found(stalled(60_000, 0), "stalls")?.severity).toBe("warning");
    expect(found(stalled(20_000, 15_000), "stalls")?.figures.fullShare).toBeCloseTo(0.015);
    expect(found(stalled(600_000, 100_000), "stalls")?.severity).toBe("serious");
    expect(found(stalled(40_000, 5000), "stalls")).toBeUndefined();
  });
});

describe("whose the peak is", () => {
  const family = (childBytes: number) =>
    played(
      [
        { pid: 1, parent: -1, startMs: 0, endMs: 5000, command: ["sh"], anonBytes: () => 30 * MIB },
        {
          pid: 2,
          parent: 0,
          startMs: 500,
          endMs: 4000,
          command: ["/usr/bin/ffmpeg"],
          anonBytes: (atMs) => (atMs > 2000 && atMs < 2300 ? childBytes : MIB),
        },
      ],
      { durationMs: 4500 },
    );

  test("a child that holds most of it is named, with its moment", () => {
    const finding = found(family(200 * MIB), "peak-by-child");
    expect(finding).toMatchObject({ process: 1, figures: { pid: 2 } });
    expect(finding?.atMs).toBeGreaterThan(2000);
    expect(finding?.atMs).toBeLessThan(2300);
    expect(finding?.title).toContain("ffmpeg (pid 2)");
  });

  test("not where many children hold the same", () => {
    const child = (pid: number): Actor => ({ pid, parent: 0, startMs: 0, endMs: 5000, command: ["w"], anonBytes: () => 20 * MIB });
    const top: Actor = { ...child(1), parent: -1, anonBytes: () => 2 * MIB };
    expect(found(played([top, child(2), child(3), child(4)], { durationMs: 1000 }), "peak-by-child")).toBeUndefined();
  });

  test("not where the top process holds most", () => expect(found(family(20 * MIB), "peak-by-child")).toBeUndefined());
});

describe("limits", () => {
  const killed = { events: [started(0, 50, -1, 0, "a"), ended(0, 900, 0, 0, 9)] };

  test("a kill that the cgroup counted", () => {
    const finding = found(plain({ ...killed, end: { oomKills: 1 } }), "oom-kill");
    expect(finding?.severity).toBe("serious");
    expect(finding?.evidence).toContain("a (pid 50) at 0.90 s");
  });

  test("a SIGKILL near the limit is likely one, far from it is not", () => {
    expect(found(plain({ ...killed, header: { limitBytes: 105 * MIB } }), "oom-kill")?.evidence).toContain("likely, not certain");
    expect(found(plain({ ...killed, header: { limitBytes: 900 * MIB } }), "oom-kill")).toBeUndefined();
    expect(found(plain({ header: { limitBytes: 105 * MIB } }), "oom-kill")).toBeUndefined();
  });

  test("a peak from nine tenths of the limit on", () => {
    expect(found(plain({ header: { limitBytes: 110 * MIB } }), "near-limit")?.figures.share).toBeCloseTo(100 / 110);
    expect(found(plain({ header: { limitBytes: 120 * MIB } }), "near-limit")).toBeUndefined();
    expect(found(plain({ header: { limitBytes: 0 } }), "near-limit")).toBeUndefined();
  });

  const inCgroup = (cgroupPeakBytes: number, cgroupBytes: number, cgroupAnonBytes: number) =>
    plain({ tree: [{ atMs: 0, usedBytes: 100 * MIB, cgroupBytes, cgroupAnonBytes }], end: { cgroupPeakBytes } });

  test("page cache above the processes is told from a spike between samples", () => {
    const cache = found(inCgroup(400 * MIB, 390 * MIB, 101 * MIB), "cgroup-above-processes");
    expect(cache).toMatchObject({ severity: "info" });
    expect(cache?.evidence).toContain("page cache");
    const spike = found(inCgroup(400 * MIB, 120 * MIB, 101 * MIB), "cgroup-above-processes");
    expect(spike).toMatchObject({ severity: "warning" });
    expect(spike?.title).toContain("280.0 MiB");
    expect(found(inCgroup(140 * MIB, 130 * MIB, 100 * MIB), "cgroup-above-processes")).toBeUndefined();
  });
});

describe("the capture itself", () => {
  test("cut, or damaged", () => {
    expect(found(plain({ end: null }), "capture-cut")?.title).toBe("The capture was cut off");
    expect(found(plain({ damagedBytes: 10 }), "capture-cut")?.title).toContain("cannot be read");
    expect(found(plain(), "capture-cut")).toBeUndefined();
  });

  test("processes that no sample saw, unless their high-water mark is known", () => {
    const short = (highWaterBytes: number) =>
      plain({ events: [started(0, 50, -1, 0, "a"), started(1, 51, 0, 10, "b"), ended(1, 12, 0, highWaterBytes)] });
    expect(found(short(0), "short-processes")?.figures).toEqual({ unseen: 1, processes: 2 });
    expect(found(short(MIB), "short-processes")).toBeUndefined();
  });

  test("samples that did not come, from one in twenty on", () => {
    expect(found(plain({ end: { missedTicks: 2 } }), "samples-lost")?.figures.missedTicks).toBe(2);
    const many = played([{ pid: 1, parent: -1, startMs: 0, endMs: 9000, command: ["a"], anonBytes: () => MIB }], { durationMs: 5000 });
    expect(found({ ...many, end: { ...(many.end as NonNullable<Capture["end"]>), missedTicks: 4 } }, "samples-lost")).toBeUndefined();
  });
});

test("an mm job has its ledger told: owners when most was in it, what was free, what went to disk", () => {
  expect(found(plain(), "job-ledger")).toBeUndefined();
  const owner = (tag: string, mib: number) => ({ tag, bytes: mib * MIB, peakBytes: mib * MIB });
  const said = (atMs: number, ...owners: readonly ReturnType<typeof owner>[]) =>
    ({ type: "owners", process: 0, atMs, phase: "encode", owners }) as const;
  const full = [owner("io.windows", 5), owner("runtime.baseline", 60), owner("a", 2), owner("b", 1), owner("encode.lane", 20)];
  const capture = plain({
    job: [
      { atMs: 100, process: 0, limitBytes: 100 * MIB, ledgerBytes: 60 * MIB },
      { atMs: 500, process: 0, limitBytes: 100 * MIB, ledgerBytes: 88 * MIB, spilledBytes: 7 * MIB },
      { atMs: 900, process: 0, limitBytes: 100 * MIB, ledgerBytes: 10 * MIB, spilledBytes: 9 * MIB },
    ],
    events: [started(0, 50, -1, 0, "mm"), said(90, owner("early", 60)), said(500.0004, ...full), said(890, owner("late", 10))],
  });
  const { title, figures } = found(capture, "job-ledger") ?? {};
  expect(title).toBe(
    "The ledger of mm (pid 50) held 88.0 MiB of 100.0 MiB at 0.50 s: runtime.baseline 60.0 MiB, encode.lane 20.0 MiB, io.windows 5.0 MiB, 2 others 3.0 MiB, 12.0 MiB free, 9.0 MiB spilled",
  );
  expect(figures).toMatchObject({ freeBytes: 12 * MIB, spilledBytes: 9 * MIB });
});

describe("Node", () => {
  type Point = {
    readonly anon: number;
    readonly used: number;
    readonly total: number;
    readonly external?: number;
    readonly limit?: number;
  };
  /** A Node process over 100 points, in MiB. */
  const node = (at: (share: number) => Point) => {
    const points = Array.from({ length: 100 }, (_, index) => ({ atMs: index * 100, ...at(index / 99) }));
    return captureOf({
      events: [started(0, 70, -1, 0, "node")],
      tree: points.map(({ atMs, anon }) => ({ atMs, usedBytes: anon * MIB, isMeasured: 1, processes: 1 })),
      resident: points.map(({ atMs, anon }) => ({ atMs, process: 0, residentBytes: anon * MIB })),
      measured: points.map(({ atMs, anon }) => ({ atMs, process: 0, pssAnonBytes: anon * MIB, anonBytes: anon * MIB })),
      isolate: points.map(({ atMs, used, total, external = 0, limit = 4000 }) => ({
        ...{ atMs, process: 0, thread: 0, heapUsedBytes: used * MIB, heapTotalBytes: total * MIB },
        ...{ heapLimitBytes: limit * MIB, externalBytes: external * MIB, arrayBuffersBytes: external * MIB },
      })),
    });
  };
  const healthy = (share: number): Point => ({ anon: 90 + 5 * share, used: 45 + 5 * share, total: 60 });
  const IDS: FindingId[] = ["external-memory", "native-memory", "heap-holds-free", "heap-near-limit", "heap-flat-resident-grows"];

  test("a healthy one has nothing to say of", () => {
    for (const id of IDS) expect(found(node(healthy), id)).toBeUndefined();
  });

  test("buffers outside the heap", () => {
    const capture = node((share) => ({ anon: 100 + 150 * share, used: 45, total: 60, external: 5 + 145 * share }));
    const { figures, title, fix } = found(capture, "external-memory") ?? {};
    expect(figures?.externalBytes).toBe(150 * MIB);
    expect(title).toBe("node (pid 70) holds 150.0 MiB outside its V8 heap, 60 % of its memory");
    expect(fix).not.toContain("stacks");
    const more = node((share) => ({ anon: 100 + 150 * share, used: 1, total: 2, external: 100 + 150 * share }));
    expect(found(more, "external-memory")?.title).toBe("node (pid 70) holds 250.0 MiB outside its V8 heap, nearly all of its memory");
    const stacks = { kind: "js", weightOf: "live", frames: [], samples: [] } as const;
    const sampled = { ...capture, events: [...capture.events, { type: "stacks", process: 0, thread: 0, atMs: 9, stacks } as const] };
    expect(found(sampled, "external-memory")?.fix).toMatch(/^What lies outside the heap is not in the stacks\. /);
    expect(found(capture, "native-memory")).toBeUndefined();
    expect(found(capture, "heap-flat-resident-grows")).toBeUndefined();
  });

  test("memory that is neither heap nor buffer", () => {
    expect(
      found(
        node(() => ({ anon: 200, used: 45, total: 60 })),
        "native-memory",
      )?.figures.nativeBytes,
    ).toBe(140 * MIB);
    expect(
      found(
        node(() => ({ anon: 120, used: 45, total: 60 })),
        "native-memory",
      ),
    ).toBeUndefined();
    expect(
      found(
        node(() => ({ anon: 600, used: 480, total: 500 })),
        "native-memory",
      ),
    ).toBeUndefined();
  });

  test("a heap that V8 keeps, but not one that it is using", () => {
    expect(
      found(
        node((share) => ({ anon: 420, used: share < 0.5 ? 380 : 60, total: 400 })),
        "heap-holds-free",
      )?.figures.freeBytes,
    ).toBe(340 * MIB);
    expect(
      found(
        node((share) => ({ anon: 420, used: share < 0.9 ? 60 : 380, total: 400 })),
        "heap-holds-free",
      ),
    ).toBeUndefined();
  });

  test("a heap near its limit, with the flag that raises it", () => {
    const finding = found(
      node((share) => ({ anon: 300, used: 90 + 150 * share, total: 250, limit: 256 })),
      "heap-near-limit",
    );
    expect(finding).toMatchObject({ severity: "serious", atMs: 9900 });
    expect(finding?.fix).toContain("--max-old-space-size=384");
    expect(
      found(
        node(() => ({ anon: 300, used: 200, total: 250, limit: 256 })),
        "heap-near-limit",
      ),
    ).toBeUndefined();
  });

  test("resident memory that grows while the heap does not; growth of the heap is none of it", () => {
    const fragmented = node((share) => ({ anon: 100 + 120 * share, used: 45 + 10 * Math.sin(share * 60), total: 60 }));
    expect(found(fragmented, "heap-flat-resident-grows")).toBeDefined();
    expect(
      found(
        node((share) => ({ anon: 100 + 120 * share, used: 45 + 118 * share, total: 60 + 118 * share })),
        "heap-flat-resident-grows",
      ),
    ).toBeUndefined();
    expect(
      found(
        node((share) => ({ anon: 100 + 12 * share, used: 45, total: 60 })),
        "heap-flat-resident-grows",
      ),
    ).toBeUndefined();
    // All of the growth in the first fifth is start-up.
    expect(
      found(
        node((share) => ({ anon: 40 + 160 * Math.min(1, share * 6), used: 45, total: 60 })),
        "heap-flat-resident-grows",
      ),
    ).toBeUndefined();
  });

  test("what holds is said of each isolate's own limit, workers included", () => {
    const capture = node(healthy);
    const worker = {
      ...capture.tables.isolate,
      thread: capture.tables.isolate.thread.map(() => 3),
      heapLimitBytes: capture.tables.isolate.heapLimitBytes.map(() => 52 * MIB),
    };
    expect(found({ ...capture, tables: { ...capture.tables, isolate: worker } }, "heap-near-limit")?.title).toContain("worker 3");
  });
});
