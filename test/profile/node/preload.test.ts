import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CaptureBatch, CaptureEvent } from "../../../src/profile/capture/index.ts";
import { NodeTail } from "../../../src/profile/node/tail.ts";
import { type NodeWatch, nodeEnvironment } from "../../../src/profile/node-environment.ts";
import { until } from "../../binding/addon.ts";
import { BuiltMm } from "../../cli/built-mm.ts";

const MIB = 2 ** 20;
let built: BuiltMm;
let preload = "";
let folder = "";
beforeAll(() => {
  built = new BuiltMm("unbundled");
  preload = join(built.folder, "dist/profile/node/preload.cjs");
  folder = mkdtempSync(join(tmpdir(), "mm-preload-"));
});
afterAll(() => {
  built[Symbol.dispose]();
  rmSync(folder, { recursive: true, force: true });
});

let channels = 0;
function channelOf(): string {
  channels += 1;
  const channel = join(folder, `channel ${channels}`);
  mkdirSync(channel);
  return channel;
}

const watched = (channel: string, watch: Partial<NodeWatch> = {}) => ({
  ...process.env,
  ...nodeEnvironment({ NODE_OPTIONS: "--no-warnings" }, { folder: channel, ...watch }, preload),
});

type Run = { readonly channel: string; readonly child: SpawnSyncReturns<string> };

function run(source: string, watch: Partial<NodeWatch> = {}, args: readonly string[] = []): Run {
  const channel = channelOf();
  const path = join(folder, "program.mjs");
  writeFileSync(path, source);
  const child = spawnSync(process.execPath, [path, ...args], { encoding: "utf8", env: watched(channel, watch), timeout: 20_000 });
  return { channel, child };
}

function onlyFile(channel: string): string {
  const [name = "", ...others] = readdirSync(channel).filter((each) => !each.endsWith(".stacks"));
  expect(others).toEqual([]);
  return name;
}

/** Files of what has ended are read once. */
const batches = new Map<string, CaptureBatch>();
function batchOf(channel: string): CaptureBatch {
  const batch = batches.get(channel) ?? new NodeTail(channel, 0).drain((pid) => pid);
  batches.set(channel, batch);
  return batch;
}

/** The isolate's rows as objects of the columns that are looked at. */
function rowsOf(channel: string) {
  const cells = batchOf(channel).rows.isolate ?? new Float64Array();
  return Array.from({ length: cells.length / 13 }, (_, row) => {
    const [atMs = 0, pid = 0, thread = 0, heapUsed = 0, heapTotal = 0, heapLimit = 0, external = 0, arrayBuffers = 0] = cells.subarray(
      row * 13,
      row * 13 + 13,
    );
    return { atMs, pid, thread, heapUsed, heapTotal, heapLimit, external, arrayBuffers };
  });
}

function eventsOf<Type extends CaptureEvent["type"]>(channel: string, type: Type) {
  return batchOf(channel).events.filter((event): event is Extract<CaptureEvent, { type: Type }> => event.type === type);
}

describe("the preload", () => {
  it("leaves output, exit code, execArgv and the end of a program as they are", () => {
    const source = `
      process.on("beforeExit", () => { console.log("beforeExit"); });
      process.on("exit", (code) => console.log("exit", code, JSON.stringify(process.execArgv)));
      process.exitCode = 7;
      console.error("error");`;
    const { channel, child } = run(source, { stacksBytes: 65_536, forcesFloors: true });
    expect(child).toMatchObject({ status: 7, stdout: "beforeExit\nexit 7 []\n", stderr: "error\n" });
    expect(readFileSync(join(channel, onlyFile(channel)), "utf8")).toMatch(/^\["h",1,\d+,0\]\n/);
    expect(run("throw new Error('own')").child).toMatchObject({ status: 1, stdout: "" });
    expect(run("process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)").child.signal).toBe("SIGTERM");
    expect(run("process.kill(process.pid, 'SIGINT'); for (;;);").child.signal).toBe("SIGINT");
  });

  it("loads what reads a heap only when there is one to read, and that at the end of a program that never let go", () => {
    const loaded = "process.moduleLoadList.filter((name) => /NativeModule (v8|worker_threads)$/.test(name)).length";
    // On a machine that is slow to start it, a short program is not always short.
    const counts = [1, 2, 3].map(() => run(`console.log(${loaded})`).child.stdout);
    expect(counts).toContain("0\n");
    const blocking = run("const kept = new Array(4e6).fill(1.5); const end = Date.now() + 200; while (Date.now() < end);");
    expect(rowsOf(blocking.channel).at(-1)?.heapUsed).toBeGreaterThan(30 * MIB);
  });

  it("prints no warning of its own", () => {
    const channel = channelOf();
    const env = { ...process.env, ...nodeEnvironment({}, { folder: channel, stacksBytes: 65_536, forcesFloors: true }, preload) };
    const source =
      "for (let i = 0; i < 20; i++) { globalThis.kept = Array.from({ length: 1e5 }, () => ({ i })); } setTimeout(() => {}, 300)";
    expect(
      spawnSync(process.execPath, ["--pending-deprecation", "--trace-warnings", "-e", source], { env, encoding: "utf8" }),
    ).toMatchObject({
      status: 0,
      stderr: "",
      stdout: "",
    });
    expect(eventsOf(channel, "gc").length).toBeGreaterThan(0);
  });

  it("says what the heap holds, ten times a second, for no more than its few milliseconds", () => {
    const source = `
      globalThis.kept = Array.from({ length: 4e5 }, (_, at) => ({ at }));
      globalThis.buffer = Buffer.alloc(30 * 2 ** 20, 1);
      await new Promise((resolve) => setTimeout(resolve, 1050));`;
    const { channel } = run(source, {}, []);
    const rows = rowsOf(channel);
    expect(rows.length).toBeGreaterThanOrEqual(8);
    expect(rows.length).toBeLessThanOrEqual(13);
    const last = rows.at(-1);
    expect(last?.heapUsed).toBeGreaterThan(10 * MIB);
    expect(last?.arrayBuffers).toBeGreaterThan(30 * MIB);
    expect(last?.arrayBuffers).toBeLessThan(31 * MIB);
    expect(last?.external).toBeGreaterThanOrEqual(last?.arrayBuffers ?? 0);
    expect(last?.heapLimit).toBeGreaterThan(last?.heapTotal ?? 0);
    const now = Number(process.hrtime.bigint()) / 1e6;
    expect(last?.atMs).toBeLessThan(now);
    expect(last?.atMs).toBeGreaterThan(now - 10_000);
  });

  it("is in worker threads, with options and folder of their own, and in children", () => {
    const source = `
      import { spawnSync, fork } from "node:child_process";
      import { Worker } from "node:worker_threads";
      process.chdir("/");
      if (process.argv[2] === undefined) {
        await Promise.all([{ execArgv: [] }, {}].map((options) => new Promise((done) =>
          new Worker("setTimeout(() => {}, 150)", { eval: true, ...options }).on("exit", done))));
        spawnSync(process.execPath, ["-e", "1"]);
        spawnSync(process.execPath, ["-e", "1"], { env: { ...process.env, NODE_OPTIONS: process.env.NODE_OPTIONS + " --max-old-space-size=64" } });
        await new Promise((done) => fork(process.argv[1], ["child"], { execArgv: ["--no-warnings"] }).on("exit", done));
      }`;
    const { channel, child } = run(source);
    expect(child).toMatchObject({ status: 0, stderr: "" });
    const files = readdirSync(channel);
    expect(files.filter((name) => name.endsWith("-0"))).toHaveLength(4);
    expect(files.filter((name) => !name.endsWith("-0"))).toHaveLength(2);
  });

  it("is in the files of node --test", () => {
    const channel = channelOf();
    const path = join(folder, "some.test.mjs");
    writeFileSync(path, 'import test from "node:test"; test("passes", () => {});');
    const { status } = spawnSync(process.execPath, ["--test", path], { env: watched(channel), encoding: "utf8" });
    expect(status).toBe(0);
    expect(readdirSync(channel)).toHaveLength(2);
  });

  it("goes on when the program deletes its environment, and gives up where it cannot write", () => {
    const { channel, child } = run(
      "for (const name in process.env) delete process.env[name]; await new Promise((r) => setTimeout(r, 250));",
    );
    expect(child.status).toBe(0);
    expect(rowsOf(channel).length).toBeGreaterThanOrEqual(3);
    const gone = run(
      `import { rmSync } from "node:fs"; rmSync(process.env.MM_PROFILE_CHANNEL, { recursive: true }); await new Promise((r) => setTimeout(r, 250));`,
      { stacksBytes: 65_536 },
    );
    expect(gone.child).toMatchObject({ status: 0, stderr: "", stdout: "" });
    expect(existsSync(gone.channel)).toBe(false);
  });

  it("keeps the options of the user, and a path with spaces and quotes", () => {
    const odd = join(folder, 'a "quoted" \\ folder');
    mkdirSync(odd);
    for (const name of ["preload.cjs", "watch.cjs"]) writeFileSync(join(odd, name), readFileSync(join(preload, "..", name)));
    const channel = channelOf();
    const added = nodeEnvironment({ NODE_OPTIONS: "--max-old-space-size=123" }, { folder: channel }, join(odd, "preload.cjs"));
    const source = "console.log(Math.round(require('v8').getHeapStatistics().heap_size_limit / 2 ** 20))";
    const { stdout } = spawnSync(process.execPath, ["-e", source], { env: { ...process.env, ...added }, encoding: "utf8" });
    expect(Number(stdout)).toBeLessThan(200);
    expect(readdirSync(channel)).toHaveLength(1);
  });

  it("lets a program run that it cannot watch", () => {
    const broken = join(folder, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "preload.cjs"), readFileSync(preload));
    const env = { ...process.env, ...nodeEnvironment({}, { folder: channelOf() }, join(broken, "preload.cjs")) };
    expect(spawnSync(process.execPath, ["-p", "1"], { env, encoding: "utf8" })).toMatchObject({ status: 0, stdout: "1\n", stderr: "" });
  });

  it("leaves what it saw when the program is killed", async () => {
    const channel = channelOf();
    const path = join(folder, "killed.mjs");
    writeFileSync(path, "globalThis.kept = []; setInterval(() => kept.push(Array.from({ length: 2e4 }, (_, at) => ({ at }))), 20);");
    const child = spawn(process.execPath, [path], { env: watched(channel, { stacksBytes: 65_536 }), stdio: "ignore" });
    const isWritten = () => {
      batches.delete(channel);
      return rowsOf(channel).length > 5 && eventsOf(channel, "stacks").length > 0;
    };
    await until(isWritten, "rows and call paths were written", 30_000);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("exit", resolve));
    expect(rowsOf(channel).length).toBeGreaterThan(5);
    expect(eventsOf(channel, "stacks").length).toBeGreaterThan(0);
  });

  it("marks what performance.mark marks, and collections with their length", () => {
    const source = `
      performance.mark("phase one");
      for (let round = 0; round < 50; round++) globalThis.kept = Array.from({ length: 1e5 }, (_, at) => ({ at }));
      await new Promise((resolve) => setTimeout(resolve, 50));`;
    const { channel } = run(source);
    expect(eventsOf(channel, "mark").map(({ name }) => name)).toEqual(["phase one"]);
    const collections = eventsOf(channel, "gc");
    expect(collections.some(({ kind }) => kind === "minor")).toBe(true);
    for (const { durationMs } of collections) expect(durationMs).toBeGreaterThan(0);
  });

  it("forces full collections where floors are asked for, and they show what is kept", () => {
    const source = `
      globalThis.kept = [];
      for (let round = 0; round < 100; round++) {
        kept.push(Buffer.alloc(2 ** 20, 1));
        globalThis.garbage = Array.from({ length: 1e4 }, (_, at) => ({ at }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }`;
    const floors = eventsOf(run(source, { forcesFloors: true }).channel, "gc").filter(
      ({ kind, afterBytes }) => kind === "major" && afterBytes > 0,
    );
    expect(floors.length).toBeGreaterThanOrEqual(3);
    const [first, last] = [floors[0], floors.at(-1)];
    const perMs = ((last?.afterBytes ?? 0) - (first?.afterBytes ?? 0)) / ((last?.atMs ?? 0) - (first?.atMs ?? 0));
    // A MiB in somewhat more than 20 ms.
    expect((perMs * 20) / MIB).toBeGreaterThan(0.6);
    expect((perMs * 20) / MIB).toBeLessThan(1.1);
  });

  it("writes less and less often", () => {
    // The same script with a tick a millisecond, and less to write before it slows down.
    const hurried = join(folder, "hurried.cjs");
    writeFileSync(
      hurried,
      readFileSync(join(preload, "../watch.cjs"), "utf8")
        .replace("const INTERVAL_MS = 100", "const INTERVAL_MS = 0")
        .replace("512 * 1024", "16 * 1024"),
    );
    const channel = channelOf();
    const added = nodeEnvironment({}, { folder: channel }, hurried);
    spawnSync(process.execPath, ["-e", "setTimeout(() => {}, 3000)"], { env: { ...process.env, ...added } });
    const [name = ""] = readdirSync(channel);
    const { size } = statSync(join(channel, name));
    // A thousand ticks a second of 130 bytes would be 390 KB.
    expect(size).toBeGreaterThan(16 * 1024);
    expect(size).toBeLessThan(7 * 16 * 1024);
  });

  it("gives the user alone what it writes", () => {
    const { channel } = run("setTimeout(() => {}, 10)", { stacksBytes: 65_536 });
    for (const name of readdirSync(channel)) expect(statSync(join(channel, name)).mode & 0o777).toBe(0o600);
  });
});

describe("the call paths", () => {
  it("have the bytes that are alive, within three standard errors, where they were allocated", () => {
    const source = `
      function keepObjects() { return Array.from({ length: 3e5 }, (_, at) => ({ at, twice: 2 * at, name: null, other: null })); }
      function keepArrays() { return Array.from({ length: 20 }, () => new Array(131072).fill(1.5)); }
      function garbage() { for (let round = 0; round < 20; round++) Array.from({ length: 1e5 }, (_, at) => ({ at })); }
      globalThis.kept = [keepObjects(), keepArrays()];
      garbage();`;
    const { channel } = run(source, { stacksBytes: 65_536 });
    const [event] = eventsOf(channel, "stacks");
    if (event === undefined) throw new Error("no call paths were written");
    const { frames, samples, samplingBytes } = event.stacks;
    expect(samplingBytes).toBe(65_536);
    const below = (name: string) => samples.filter(({ stack }) => stack.some((frame) => frames[frame]?.name === name));
    const sum = (name: string) => below(name).reduce((bytes, { weight }) => bytes + weight, 0);
    // An object: 3 words of header and 4 properties, and an entry of the array that grows by half each time.
    const objects = 3e5 * (7 * 8 + 8);
    const count = below("keepObjects").reduce((total, each) => total + each.count, 0);
    expect(Math.abs(sum("keepObjects") - objects)).toBeLessThan(objects * (3 / Math.sqrt(count) + 0.15));
    const arrays = 20 * MIB;
    expect(Math.abs(sum("keepArrays") - arrays)).toBeLessThan(0.15 * arrays);
    expect(sum("garbage")).toBeLessThan(objects / 4);
    const frame = frames.find(({ name }) => name === "keepArrays");
    expect(frame?.file).toMatch(/program\.mjs$/);
    expect(frame?.line).toBe(3);
  });

  it("are there of a program that has run out of heap, from near its end", { timeout: 60_000 }, () => {
    const channel = channelOf();
    const path = join(folder, "full.mjs");
    writeFileSync(
      path,
      `globalThis.kept = [];
       function fill() { for (let at = 0; at < 5000; at++) kept.push({ at, next: null }); setImmediate(fill); }
       fill();`,
    );
    const env = watched(channel, { stacksBytes: 65_536 });
    const { signal, status } = spawnSync(process.execPath, ["--max-old-space-size=64", path], { env, encoding: "utf8" });
    expect([signal, status]).toContain(signal === null ? 134 : "SIGABRT");
    const [event] = eventsOf(channel, "stacks");
    const held = (event?.stacks.samples ?? []).reduce((bytes, { weight }) => bytes + weight, 0);
    expect(held).toBeGreaterThan(40 * MIB);
  });

  it("weigh samples without bias, whatever the size of the object", () => {
    const { unbiased }: { unbiased(weightedBytes: number, samplingBytes: number): number } = createRequire(import.meta.url)(
      join(preload, "../stacks.cjs"),
    );
    const interval = 512 * 1024;
    const meanError = (from: number, end: number, weigh: (weighted: number) => number) => {
      const errors: number[] = [];
      for (let size = from; size < end; size = Math.ceil((size * 1.003) / 8) * 8) {
        const scale = 1 / -Math.expm1(-size / interval);
        errors.push(weigh(size * Math.floor(scale + 0.5)) / (size * scale) - 1);
      }
      return Math.abs(errors.reduce((sum, each) => sum + each, 0) / errors.length);
    };
    const own = (weighted: number) => unbiased(weighted, interval);
    for (const [from, end] of [
      [8, 65_536],
      [65_536, 262_144],
      [262_144, MIB],
      [MIB, 8 * MIB],
    ] as const) {
      expect(meanError(from, end, own), `${from} to ${end}`).toBeLessThan(0.04);
    }
    expect(meanError(8, 8 * MIB, own)).toBeLessThan(0.01);
    expect(meanError(262_144, MIB, (weighted) => weighted)).toBeGreaterThan(0.06);
  });
});
