import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { binding } from "../../src/binding/index.ts";
import { ADDON_PATH, isRunning, until } from "./addon.ts";

/** Everything at once: a pump that waits, one that is full, a compare job in flight, a child, open segments, a pending promise. */
const BUSY = `
  const { parentPort, threadId } = require("node:worker_threads");
  const mm = require(${JSON.stringify(ADDON_PATH)});
  const segment = mm.segmentAnonymous(64 << 20, "base");
  const shared = mm.segmentShared("mm-worker", 1 << 20, "base");
  const pool = mm.pool(segment, 4 << 20, 64, false);
  const child = (file, args, stdout) =>
    mm.spawn({ file, args, env: [], cwd: "/", stdio: [-1, stdout, -1], limits: {}, oomScoreAdj: 0, niceness: 0 }, () => {});
  const idle = mm.pipe(65536);
  const full = mm.pipe(65536);
  const sleeper = child("/bin/sleep", ["sleep", "100"], -1);
  const writer = child("/bin/cat", ["cat", "/dev/zero"], full.writeFd);
  mm.framePump(idle.readFd, pool, 1000, 2).next();
  mm.framePump(full.readFd, pool, 4 << 20, 2).next();
  const [a, b] = [pool.loan(), pool.loan()];
  const planes = [{ offsetBytes: 0, strideBytes: 2048, width: 2048, height: 2048 }];
  for (let job = 0; job < 4; job++) mm.comparePlanes(pool, a, pool, b, planes, 8);
  const ledger = mm.jobLedgerCreate();
  ledger.enter("worker", 1, 0, 0);
  globalThis.shared = [ledger, mm.handover("mm.test.worker." + process.pid + "." + threadId, [{ fd: ledger.fd(), offset: 0, length: ledger.byteLength() }], "{}")];
  globalThis.views = [new Uint8Array(segment.buffer()), new Uint8Array(shared.buffer())];
`;

function startBusyWorker(): Promise<{ worker: Worker; pids: number[] }> {
  const worker = new Worker(`${BUSY} parentPort.postMessage([sleeper, writer]);`, { eval: true });
  return new Promise((resolve, reject) => {
    worker.on("message", (pids) => resolve({ worker, pids }));
    worker.on("error", reject);
  });
}

/** Names of the threads of this process that the addon started. */
function ownThreads(): string[] {
  const nameOf = (thread: string) => {
    try {
      return readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim();
    } catch {
      return "a thread that has ended since";
    }
  };
  return readdirSync("/proc/self/task")
    .map(nameOf)
    .filter((name) => name.startsWith("mm-"));
}

describe("a Worker", () => {
  test("terminated in the middle of everything takes its children, threads and mappings with it", async () => {
    const before = binding.liveSegmentBytes();
    for (let round = 0; round < 10; round++) {
      const { worker, pids } = await startBusyWorker();
      expect(pids.every(isRunning)).toBe(true);
      expect(ownThreads()).toEqual(expect.arrayContaining(["mm-child", "mm-pump", "mm-handover"]));
      const { threadId } = worker;
      await worker.terminate();
      await until(() => !pids.some(isRunning), "the children of the Worker are gone");
      expect(() => binding.receiveHandover(`mm.test.worker.${process.pid}.${threadId}`, process.pid, 100)).toThrow("ECONNREFUSED");
    }
    await until(() => binding.liveSegmentBytes().anonymous === before.anonymous, "its mappings are gone");
    expect(binding.liveSegmentBytes()).toEqual(before);
    expect(ownThreads()).toEqual([]);
  });

  test("is one of several that load the addon at once", async () => {
    const workers = await Promise.all(Array.from({ length: 4 }, startBusyWorker));
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    await until(() => !workers.some(({ pids }) => pids.some(isRunning)), "all children are gone");
    binding.segmentAnonymous(4096, "base").close();
  });

  test("that ends by itself hands back what it forgot to close", async () => {
    const before = binding.liveSegmentBytes();
    const worker = new Worker(`require(${JSON.stringify(ADDON_PATH)}).segmentAnonymous(1 << 20, "base").buffer();`, { eval: true });
    expect(await new Promise((resolve) => worker.on("exit", resolve))).toBe(0);
    expect(binding.liveSegmentBytes()).toEqual(before);
  });
});

/** Runs a script in a node of its own: its status, or the signal that ended it. */
function runNode(script: string, flags: string[] = []): { status: number | null; signal: string | null; output: string } {
  const run = spawnSync(process.execPath, [...flags, "-e", script], { encoding: "utf8", timeout: 30_000 });
  return { status: run.status, signal: run.signal, output: run.stdout + run.stderr };
}

describe("a process", () => {
  test("exits in the middle of everything without a crash", () => {
    expect(runNode(`${BUSY} setTimeout(() => process.exit(7), 50);`)).toEqual({ status: 7, signal: null, output: "" });
  });

  test("ends by itself when nothing is awaited, though a pump still runs", () => {
    const script = `const mm = require(${JSON.stringify(ADDON_PATH)});
      const pool = mm.pool(mm.segmentAnonymous(8192, "base"), 4096, 64, false);
      mm.framePump(mm.pipe(4096).readFd, pool, 4096, 1);`;
    expect(runNode(script)).toEqual({ status: 0, signal: null, output: "" });
  });

  test("stays alive for a child and for a promised frame", () => {
    const script = `const mm = require(${JSON.stringify(ADDON_PATH)});
      const pool = mm.pool(mm.segmentAnonymous(8192, "base"), 4096, 64, false);
      const { readFd, writeFd } = mm.pipe(4096);
      const options = { args: ["sh", "-c", "sleep 0.1"], env: [], cwd: "/", limits: {}, oomScoreAdj: 0, niceness: 0 };
      mm.spawn({ file: "/bin/sh", stdio: [-1, writeFd, -1], ...options }, (exit) => console.log("exit", exit.code));
      require("node:fs").closeSync(writeFd);
      mm.framePump(readFd, pool, 4096, 1).next().then((frame) => console.log("frame", frame.slot));`;
    const { status, output } = runNode(script);
    expect(status).toBe(0);
    expect(output.split("\n").sort()).toEqual(["", "exit 0", "frame -1"]);
  });

  test("collects pumps, pools and segments that nobody closed", () => {
    const script = `const mm = require(${JSON.stringify(ADDON_PATH)});
      const { readdirSync } = require("node:fs");
      const openFiles = () => readdirSync("/proc/self/fd").length;
      const before = openFiles();
      for (let round = 0; round < 20; round++) {
        const pool = mm.pool(mm.segmentAnonymous(8192, "base"), 4096, 64, false);
        const { readFd, writeFd } = mm.pipe(4096);
        require("node:fs").closeSync(writeFd);
        mm.framePump(readFd, pool, 4096, 1);
      }
      let rounds = 0;
      const poll = setInterval(() => {
        gc();
        if (++rounds < 200 && (mm.liveSegmentBytes().anonymous > 0 || openFiles() > before)) return;
        clearInterval(poll);
        console.log(mm.liveSegmentBytes().anonymous, openFiles() - before);
      }, 5);`;
    expect(runNode(script, ["--expose-gc"])).toEqual({ status: 0, signal: null, output: "0 0\n" });
  });

  test("keeps memory mapped for a view that outlives its segment object", () => {
    const script = `const mm = require(${JSON.stringify(ADDON_PATH)});
      const view = (() => new Uint8Array(mm.segmentAnonymous(1 << 20, "base").buffer()))();
      let rounds = 0;
      const poll = setInterval(() => {
        gc();
        view[rounds] = 1;
        if (++rounds < 20) return;
        clearInterval(poll);
        console.log(view.length, mm.liveSegmentBytes().anonymous);
      }, 2);`;
    expect(runNode(script, ["--expose-gc"])).toEqual({ status: 0, signal: null, output: "1048576 1048576\n" });
  });
});
