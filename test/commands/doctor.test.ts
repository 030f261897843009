import { expect, test } from "vitest";
import { doctor } from "../../src/commands/doctor.ts";
import { findingsOf } from "../../src/commands/doctor-findings.ts";
import type { DoctorResult } from "../../src/commands/doctor-result.ts";

const GIB = 1024 ** 3;

/** A machine where nothing is missing. */
const WHOLE: Omit<DoctorResult, "findings" | "canTranscode"> = {
  platform: { os: "linux", cpu: "x64", kernel: "6.1.0" },
  node: { version: "v20.20.2" },
  addon: { path: "/mm_native.node", origin: "built", simd: "avx2" },
  engines: [
    {
      path: "/usr/bin/ffmpeg",
      origin: "PATH",
      version: "5.1.9",
      encoders: ["libx264", "libx265", "libvpx-vp9", "libaom-av1", "aac", "libopus"],
      problem: null,
      inUse: true,
    },
  ],
  limit: { limitBytes: GIB, source: "cgroup", boundBy: "cgroup", budgetBytes: GIB, lines: [], highBytes: null },
  cpus: { count: 2, source: "affinity" },
  machine: {
    hugePages: { pageBytes: 2097152, totalPages: 64, freePages: 64, transparent: "madvise" },
    memoryNodes: 1,
    swap: { totalBytes: 0, freeBytes: 0 },
    pressure: { somePercent: 0, fullPercent: 0 },
    cgroup: { version: 2, folder: "/sys/fs/cgroup", canMakeChild: true },
  },
  system: {
    ...{ dataBytes: null, addressSpaceBytes: null, lockedBytes: 8388608, openFiles: 1024, mappings: 65530, segmentBytes: null },
    ...{ overcommit: { mode: 0, limitBytes: GIB, committedBytes: 0 }, ptraceScope: 1, perfParanoid: 2, allocator: null },
  },
  sharedFolderBytes: GIB,
  tools: ["heaptrack", "valgrind", "perf"].map((name) => ({ name, path: `/usr/bin/${name}` })),
  folders: [{ path: "/tmp", type: "ext4", availableBytes: GIB, isMemory: false }],
};
const ALL_ENCODERS = ["libx264", "libx265", "libvpx-vp9", "libsvtav1", "aac", "libopus"];
const without = (...names: string[]) => [{ ...ENGINE, encoders: ALL_ENCODERS.filter((name) => !names.includes(name)) } as never];
const system = (changes: Partial<typeof WHOLE.system>) => ({ system: { ...WHOLE.system, ...changes } });
const [ENGINE] = WHOLE.engines;

test("a machine that lacks nothing has no findings", () => {
  expect(findingsOf(WHOLE, undefined)).toEqual([]);
});

const LACKS: [name: string, facts: Partial<typeof WHOLE>, level: "error" | "note", text: RegExp, mend: RegExp | null][] = [
  ["the addon", { addon: { problem: "not there", hint: "npm rebuild mm-cli" }, engines: [] }, "error", /^not there$/, /npm rebuild/],
  ["any engine", { engines: [] }, "error", /no ffmpeg found/, /apt-get install ffmpeg/],
  [
    "an engine that works",
    { engines: [{ ...ENGINE, version: null, problem: "is no ffmpeg", inUse: false } as never] },
    "error",
    /is no ffmpeg/,
    /apt-get/,
  ],
  ["libx264", { engines: without("libx264") }, "error", /no libx264/, /apt-get/],
  ["libx265", { engines: without("libx265") }, "note", /no libx265: --codec hevc is refused/, /apt-get/],
  ["aac", { engines: without("aac") }, "note", /no aac/, /apt-get/],
  ["libvpx-vp9", { engines: without("libvpx-vp9") }, "note", /--codec vp9 and WebM are refused/, /apt-get/],
  ["an AV1 encoder", { engines: without("libsvtav1") }, "note", /--codec av1 is refused/, /apt-get/],
  ["libopus", { engines: without("libopus") }, "note", /no libopus/, /apt-get/],
  ["addresses", system({ addressSpaceBytes: 4 * GIB }), "note", /addresses are limited to 4.00 GiB/, /ulimit -v/],
  ["data", system({ dataBytes: GIB }), "note", /RLIMIT_DATA is 1.00 GiB/, /ulimit -d/],
  ["open files", system({ openFiles: 64 }), "note", /64 files may be open/, /ulimit -n/],
  ["mappings", system({ mappings: 1000 }), "note", /may have 1000 mappings/, /max_map_count=65530/],
  [
    "overcommit",
    system({ overcommit: { mode: 2, limitBytes: 2 * GIB, committedBytes: GIB } }),
    "note",
    /1.00 GiB more now/,
    /overcommit_memory=0/,
  ],
  ["glibc's malloc", system({ allocator: "/usr/lib/libjemalloc.so.2" }), "note", /libjemalloc.so.2 is in the place/, /env -u LD_PRELOAD/],
  ["tracing for its user", system({ ptraceScope: 2 }), "note", /only root may trace/, /ptrace_scope=1/],
  ["tracing until a reboot", system({ ptraceScope: 3 }), "note", /until a reboot/, null],
  ["room above memory.high", { limit: { ...WHOLE.limit, highBytes: GIB / 2 } as never }, "note", /from 512.0 MiB on/, /--max-memory 512M/],
  ["heaptrack", { tools: [{ name: "heaptrack", path: null }] }, "note", /--tool heaptrack is refused/, /apt-get install heaptrack/],
  ["valgrind", { tools: [{ name: "valgrind", path: null }] }, "note", /--tool massif is refused/, /apt-get install valgrind/],
  ["memory for a job", { limit: { ...WHOLE.limit, budgetBytes: 0 } as never }, "error", /nothing is left/, null],
  ["a limit", { limit: { ...WHOLE.limit, source: "physical" } as never }, "note", /no cgroup limits/, /--max-memory/],
  [
    "an own cgroup",
    { machine: { ...WHOLE.machine, cgroup: { version: 2, folder: "/", canMakeChild: false } } },
    "note",
    /own memory cgroup/,
    /systemd-run/,
  ],
  ["pressure information", { machine: { ...WHOLE.machine, pressure: undefined } }, "note", /PSI/, /psi=1/],
  [
    "reserved huge pages",
    { machine: { ...WHOLE.machine, hugePages: { ...WHOLE.machine.hugePages, totalPages: 0 } } },
    "note",
    /no huge pages/,
    /nr_hugepages/,
  ],
  [
    "transparent huge pages",
    { machine: { ...WHOLE.machine, hugePages: { ...WHOLE.machine.hugePages, transparent: "never" } } },
    "note",
    /transparent/,
    /echo madvise/,
  ],
  [
    "a disk",
    { folders: [{ path: "/tmp", type: "tmpfs", availableBytes: GIB, isMemory: true }] },
    "note",
    /\/tmp is memory \(tmpfs/,
    /--temp-dir/,
  ],
];

test.each(LACKS)("a machine without %s is told so, with what mends it", (_name, facts, level, text, mend) => {
  const findings = findingsOf({ ...WHOLE, ...facts }, undefined);
  expect(findings).toEqual([{ level, text: expect.stringMatching(text), mend: mend === null ? null : expect.stringMatching(mend) }]);
});

test("a broken engine beside one that works is a note", () => {
  const broken = {
    path: "/old/ffmpeg",
    origin: "ffmpeg-static",
    version: null,
    encoders: [],
    problem: "/old/ffmpeg is no ffmpeg",
    inUse: false,
  };
  expect(findingsOf({ ...WHOLE, engines: [broken, ...WHOLE.engines] }, undefined)).toMatchObject([{ level: "note" }]);
});

test("what the engine in use says against itself is a note", () => {
  expect(findingsOf(WHOLE, "ffmpeg 4.1 is years old")).toEqual([{ level: "note", text: "ffmpeg 4.1 is years old", mend: null }]);
});

test("this machine is examined: a named engine that is not there is an error, and everything else is still in the report", async () => {
  const settings = {
    ffmpegPath: { path: "/nowhere/ffmpeg", origin: "--ffmpeg" as const },
    searchPath: process.env.PATH ?? "",
    cacheDir: undefined,
    folders: ["/", "/dev/shm"],
  };
  const { ok, memory, result } = await doctor(settings, { emit: () => {}, signal: new AbortController().signal });
  expect(ok).toBe(false);
  expect(result.canTranscode).toBe(false);
  expect(result.findings[0]).toMatchObject({ level: "error", text: expect.stringContaining("/nowhere/ffmpeg") });
  expect(result.addon).toMatchObject({ origin: expect.stringMatching(/built/), simd: expect.any(String) });
  expect(result.engines[0]).toMatchObject({ origin: "--ffmpeg", version: null, inUse: false });
  expect(result.limit?.budgetBytes).toBeGreaterThan(0);
  expect(result.cpus.count).toBeGreaterThan(0);
  expect(result.folders).toMatchObject([{ path: "/" }, { path: "/dev/shm", isMemory: true }]);
  expect(memory?.peakBytes).toBeGreaterThan(0);
});
