import { spawnSync } from "node:child_process";
import { createReadStream, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { randomSource } from "../../../fixtures/sequences.mjs";
import { MmError, Scope } from "../../../src/base/index.ts";
import { plainInput } from "../../../src/io/index.ts";
import { Spill } from "../../../src/memory/index.ts";
import type { Stacks } from "../../../src/profile/capture/index.ts";
import { readHeaptrack } from "../../../src/profile/import/heaptrack.ts";
import { readMassif } from "../../../src/profile/import/massif.ts";
import { type ToolProfile, toolBatch } from "../../../src/profile/import/tool-profile.ts";
import { roomyBudget } from "../../memory/roomy-budget.ts";

const SMALL_BYTES = Array.from({ length: 2000 }, (_, number) => 1000 + (number % 7));
const total = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0);

async function* inPieces(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Bytes and calls of every path with a function of that name in it. */
function below({ frames, samples }: Stacks, name: string) {
  const found = samples.filter(({ stack }) => stack.some((frame) => frames[frame]?.name === name));
  return { bytes: total(found.map(({ weight }) => weight)), count: total(found.map(({ count }) => count)) };
}

function stacksOf(profile: ToolProfile, weightOf: Stacks["weightOf"]): Stacks {
  const found = profile.stacks.find((each) => each.weightOf === weightOf);
  if (found === undefined) throw new Error(`no ${weightOf}`);
  return found;
}

const named = ({ frames }: Stacks, stack: readonly number[]) => stack.map((frame) => frames[frame]?.name).join(" > ");

let folder = "";
let program = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "mm-import-"));
  program = join(folder, "profiled");
  const source = fileURLToPath(new URL("profiled.c", import.meta.url));
  const compiled = spawnSync("cc", ["-g", "-O1", "-fno-optimize-sibling-calls", "-o", program, source], { encoding: "utf8" });
  if (compiled.status !== 0) throw new Error(compiled.stderr);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const has = (tool: string) => spawnSync(tool, ["--version"]).error === undefined;
const tools = { heaptrack: has("heaptrack") && has("heaptrack_print"), massif: has("valgrind") && has("ms_print") };
for (const [tool, isThere] of Object.entries(tools)) if (!isThere) console.log(`skipped: files of ${tool}, which is not installed`);

describe.skipIf(!tools.heaptrack)("readHeaptrack of what heaptrack recorded", () => {
  let profile: ToolProfile;
  let printed = "";
  beforeAll(async () => {
    spawnSync("heaptrack", ["-o", join(folder, "heap"), program]);
    const file = join(folder, readdirSync(folder).find((name) => name.startsWith("heap.")) ?? "");
    printed = spawnSync("heaptrack_print", ["--disable-builtin-suppressions", "-l", "1", "-a", "1", "-n", "1000", file], {
      encoding: "utf8",
    }).stdout;
    await using scope = new Scope();
    const budget = scope.use(roomyBudget());
    const spill = scope.use(new Spill(budget, { parent: folder, limitBytes: 2 ** 30 }));
    const input = scope.use(await plainInput({ input: file, budget, spill, signal: new AbortController().signal, onBytes: () => {} }));
    profile = await readHeaptrack(createReadStream(input.path), "heap");
  });

  it("has the program's own allocations, to the byte", () => {
    expect(below(stacksOf(profile, "allocated"), "keepSmall")).toEqual({ bytes: total(SMALL_BYTES), count: 2000 });
    expect(below(stacksOf(profile, "leaked"), "keepSmall")).toEqual({ bytes: total(SMALL_BYTES.slice(500)), count: 1500 });
    expect(below(stacksOf(profile, "peak"), "keepSmall")).toEqual({ bytes: total(SMALL_BYTES), count: 2000 });
    expect(below(stacksOf(profile, "peak"), "takeMuch")).toEqual({ bytes: 3_000_000, count: 1 });
    expect(below(stacksOf(profile, "peak"), "temporary").count).toBe(0);
    expect(below(stacksOf(profile, "allocated"), "temporary").count).toBe(5000);
    expect(below(stacksOf(profile, "allocated"), "deep").count).toBe(2000);
  });

  it("has the totals of heaptrack_print", () => {
    const stated = (label: string) => /([\d.]+)([KMG]?)/.exec(printed.slice(printed.indexOf(`${label}: `) + label.length + 2)) ?? [];
    const bytes = (label: string) => {
      const [, number, unit = ""] = stated(label);
      return Number(number) * ({ "": 1, K: 1e3, M: 1e6, G: 1e9 }[unit] ?? 0);
    };
    const sum = (weightOf: Stacks["weightOf"]) => total(stacksOf(profile, weightOf).samples.map(({ weight }) => weight));
    const calls = total(stacksOf(profile, "allocated").samples.map(({ count }) => count));
    expect(calls).toBe(bytes("calls to allocation functions"));
    expect(Math.abs(sum("peak") - bytes("peak heap memory consumption"))).toBeLessThan(5001);
    expect(sum("peak")).toBe(profile.peakBytes);
    expect(Math.abs(sum("leaked") - bytes("total memory leaked"))).toBeLessThan(5001);
  });

  it("names functions with file and line, outermost first, and the program", () => {
    const allocated = stacksOf(profile, "allocated");
    const sample = allocated.samples.find(({ stack }) => named(allocated, stack).includes("deep"));
    expect(named(allocated, sample?.stack ?? [])).toMatch(/main > deep > deep > deep > deep > deep > temporary$/);
    const frame = allocated.frames.find(({ name }) => name === "takeMuch");
    expect(frame?.file).toMatch(/profiled\.c$/);
    expect(frame?.line).toBe(18);
    expect(profile.command).toContain("profiled");
    expect(profile.timeline.heapBytes.at(-1)).toBe(total(stacksOf(profile, "leaked").samples.map(({ weight }) => weight)));
    expect(toolBatch(profile).events[0]).toMatchObject({ type: "process", name: "profiled" });
  });
});

describe.skipIf(!tools.massif)("readMassif of what massif recorded", () => {
  it("has the peak and its functions, and the snapshots of ms_print", async () => {
    const file = join(folder, "massif.out");
    spawnSync("valgrind", ["--tool=massif", "--time-unit=ms", "--threshold=0.1", `--massif-out-file=${file}`, program]);
    const profile = await readMassif(createReadStream(file), "massif.out");
    const peak = stacksOf(profile, "peak");
    // massif's peak may be a hundredth below the true one.
    const truth = total(SMALL_BYTES) + 3_000_000;
    expect(Math.abs(profile.peakBytes - truth)).toBeLessThan(0.01 * truth + 80_000);
    expect(below(peak, "keepSmall").bytes).toBe(total(SMALL_BYTES));
    expect(below(peak, "takeMuch").bytes).toBe(3_000_000);
    expect(total(peak.samples.map(({ weight }) => weight))).toBe(profile.peakBytes);
    expect(peak.samples.some(({ stack }) => named(peak, stack).endsWith("main > takeMuch"))).toBe(true);
    expect(peak.frames.find(({ name }) => name === "takeMuch")).toEqual({ name: "takeMuch", file: "profiled.c", line: 18 });
    const printed = spawnSync("ms_print", [file], { encoding: "utf8" }).stdout;
    expect(profile.timeline.atMs).toHaveLength(Number(/Number of snapshots: (\d+)/.exec(printed)?.[1]));
    expect(profile.timeUnit).toBe("ms");
    const rows = toolBatch(profile).rows.tree ?? [];
    expect(rows).toHaveLength(9 * profile.timeline.atMs.length);
  });
});

/** Two kinds of allocation: 16 bytes three times by f, inlined into g; 256 bytes by an instruction without a name. */
const HEAPTRACK = `v 10500 3
X ./a b
I 1000 10
s 1 f
s 3 a.c
s 1 g
s 5 libx.
i 10 4 1 2 5 3 2 9
t 1 0
a 10 1
+ 0
+ 0
c 3
R 2
i abc 4
t 2 1
a 100 2
+ 1
- 0
+ 0
- 1
- 0
c 5
`;
const MASSIF = `desc: --time-unit=ms
cmd: ./a b
time_unit: ms
#-----------
snapshot=0
#-----------
time=0
mem_heap_B=0
heap_tree=empty
#-----------
snapshot=1
#-----------
time=12
mem_heap_B=100
mem_heap_extra_B=8
mem_stacks_B=0
heap_tree=peak
n2: 100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
 n1: 70 0x10: f(int, (anonymous namespace)::t) (a.c:7)
  n0: 70 0x20: main (a.c:9)
 n0: 30 in 5 places, all below massif's threshold (1.00%)
`;

describe("readHeaptrack", () => {
  it("counts the peak, what was allocated and what is left", async () => {
    const profile = await readHeaptrack(inPieces(HEAPTRACK), "a.txt");
    expect(profile).toMatchObject({ command: "./a b", peakBytes: 288, timeUnit: "ms" });
    expect(profile.timeline).toEqual({ atMs: [3, 5, 5], heapBytes: [32, 16, 16] });
    const seen = (weightOf: Stacks["weightOf"]) => {
      const stacks = stacksOf(profile, weightOf);
      return stacks.samples.map(({ stack, weight, count }) => [named(stacks, stack), weight, count]);
    };
    expect(seen("peak")).toEqual([
      ["g > f", 32, 2],
      ["g > f > 0xabc", 256, 1],
    ]);
    expect(seen("allocated")).toEqual([
      ["g > f", 48, 3],
      ["g > f > 0xabc", 256, 1],
    ]);
    expect(seen("leaked")).toEqual([["g > f", 16, 1]]);
    expect(stacksOf(profile, "peak").frames).toContainEqual({ name: "f", file: "a.c", line: 5 });
    expect(stacksOf(profile, "peak").frames).toContainEqual({ name: "0xabc", file: "libx." });
  });

  it.each([
    ["nothing", "", /a\.txt is empty/],
    ["another file", "hello\n", /is no heaptrack file \(line 1\)/],
    ["an old format", "v 10000 1\n", /version 1 of heaptrack's format/],
    ["a format to come", "v 10500 4\n", /version 4/],
    ["an allocation of no kind", "v 10500 3\n+ 0\n", /names what it has not described \(line 2\)/],
    ["a path of no place", "v 10500 3\nt 1 0\n", /names what it has not described/],
    ["a place of no text", "v 10500 3\ni 1 9\n", /names what it has not described/],
    ["a block freed twice", "v 10500 3\na 10 0\n- 0\n", /frees what was not allocated \(line 3\)/],
    ["a number that is none", "v 10500 3\na zz\n", /is damaged/],
    ["a time without end", `v 10500 3\nc ${"f".repeat(400)}\n`, /is damaged/],
    [
      "callers without end",
      `v 10500 3\ni 1 0\n${Array.from({ length: 300 }, (_, at) => `t 1 ${at.toString(16)}\n`).join("")}`,
      /more than 256 callers/,
    ],
    ["a line without end", `v 10500 3\nX ${"x".repeat(1.1 * 2 ** 20)}`, /a line of more than a MiB/],
  ])("refuses %s", async (_, text, message) => {
    await expect(readHeaptrack(inPieces(text, 4096), "a.txt")).rejects.toThrow(message);
  });
});

describe("readMassif", () => {
  it("gives what each path holds at the peak", async () => {
    const profile = await readMassif(inPieces(MASSIF), "a.out");
    expect(profile).toMatchObject({ command: "./a b", peakBytes: 100, timeUnit: "ms", timeline: { atMs: [0, 12], heapBytes: [0, 100] } });
    const peak = stacksOf(profile, "peak");
    expect(peak.samples.map(({ stack, weight }) => [named(peak, stack), weight])).toEqual([
      ["main > f(int, (anonymous namespace)::t)", 70],
      ["in 5 places, all below massif's threshold (1.00%)", 30],
    ]);
    expect(peak.frames).toContainEqual({ name: "f(int, (anonymous namespace)::t)", file: "a.c", line: 7 });
  });

  it.each([
    ["nothing", "", /is empty/],
    ["another file", "hello\n", /is no massif file/],
    ["a time that is none", "desc: \ntime=x\n", /is damaged/],
    ["figures of no snapshot", "desc: \nmem_heap_B=5\n", /outside of a snapshot/],
    ["time going back", "desc: \ntime=5\ntime=4\n", /goes back in time/],
    ["a tree without a top", "desc: \n  n0: 5 x\n", /with a part missing/],
    ["a tree with a gap", "desc: \nn1: 5 x\n  n0: 5 y\n", /with a part missing/],
  ])("refuses %s", async (_, text, message) => {
    await expect(readMassif(inPieces(text, 4096), "a.out")).rejects.toThrow(message);
  });
});

describe("files of other profilers with damage", () => {
  it.each([
    ["heaptrack", HEAPTRACK, readHeaptrack],
    ["massif", MASSIF, readMassif],
  ] as const)("of %s are read or refused, never anything else", async (_, text, read) => {
    const random = randomSource(11);
    const good = new TextEncoder().encode(text);
    for (let round = 0; round < 1500; round++) {
      const bytes = good.slice(0, random() < 0.3 ? Math.floor(random() * good.length) : good.length);
      for (let at = random() * 4; at > 0; at--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
      const found = await read(inPieces(bytes, 64), "x").catch((error: unknown) => error);
      if (found instanceof Error) expect(found).toBeInstanceOf(MmError);
      else for (const { samples } of (found as ToolProfile).stacks) for (const { weight } of samples) expect(weight).toBeGreaterThan(0);
    }
  });
});
