import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { MIB } from "../../src/base/index.ts";
import { type EngineJob, runEngine } from "../../src/media/engine-child.ts";
import { isRunning, until } from "../binding/addon.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { temporaryFolder } from "../memory/temporary-folder.ts";
import { FakeEngine } from "./fake-engine.ts";

const reports = (frames: string, bytes = "total_size=0") => `printf 'frame=%s\\n${bytes}\\nprogress=continue\\n' ${frames} >&3`;

async function run(script: string, more: Partial<EngineJob> = {}) {
  using fake = new FakeEngine(script);
  using budget = roomyBudget();
  using reservation = budget.reserve(MIB, "lane.ffmpeg");
  const never = new AbortController().signal;
  const job = { engine: fake.engine, doing: "testing", args: [], cwd: "/", reservation, fuseBytes: 256 * MIB, signal: never };
  return await runEngine({ ...job, ...more });
}

describe("a child with reports", () => {
  const onProgress = () => {};

  it.each([
    ["reports nothing", "exec sleep 30"],
    ["reports the same frame again and again", `while :; do ${reports("0")}; sleep 0.05; done`],
    ["stops after a frame", `${reports("1")}; while :; do ${reports("1")}; sleep 0.05; done`],
  ])("is stopped when it %s", async (_what, script) => {
    const startedMs = performance.now();
    await expect(run(script, { onProgress, silenceMs: 300 })).rejects.toMatchObject({
      exitCode: 65,
      message: expect.stringMatching(/^ffmpeg made no progress for \d s while testing$/),
    });
    expect(performance.now() - startedMs).toBeLessThan(10_000);
  });

  it("goes on while frames or bytes grow, however long it takes", async () => {
    const frames = `for i in 1 2 3 4 5 6 7 8 9; do ${reports("$i")}; sleep 0.1; done`;
    const bytes = `for i in 1 2 3 4 5 6 7 8 9; do ${reports("0", "total_size='$i'")}; sleep 0.1; done`;
    for (const script of [frames, bytes]) await expect(run(script, { onProgress, silenceMs: 400 })).resolves.toMatchObject({ code: 0 });
  });

  it("may be emptied without a report for as long as a hundred of its frames took", async () => {
    // 10 frames in 0.2 s: the limit is 2 s then.
    await expect(run(`sleep 0.2; ${reports("10")}; sleep 1`, { onProgress, silenceMs: 400 })).resolves.toMatchObject({ code: 0 });
  });
});

it("hands on what a child that succeeded complained about", async () => {
  await expect(run("echo 'error while decoding MB 3 4' >&2")).resolves.toMatchObject({ stderrTail: "error while decoding MB 3 4\n" });
});

it("tells the highest that samples of a monitor saw", async () => {
  let listen = () => {};
  const monitor = {
    onSample: (listener: (sample: never) => void): Disposable => {
      listen = () => listener(undefined as never);
      return { [Symbol.dispose]: () => clearInterval(timer) };
    },
  };
  const timer = setInterval(() => listen(), 10);
  const text = "x=$(head -c 8000000 /dev/zero | tr '\\0' y); sleep 0.2";
  expect((await run(text, { monitor })).peakBytes).toBeGreaterThan(8e6);
  expect((await run("sleep 0.1")).peakBytes).toBe(0);
});

describe("a child killed with SIGKILL", () => {
  const killed = "kill -9 $$";

  it("is out of memory when the kernel counted a kill, and whoever counts fuses hears it", async () => {
    let blown = 0;
    const onFuseBlown = () => {
      blown += 1;
    };
    let kills = 7;
    await expect(run(killed, { oomKills: () => kills++, onFuseBlown })).rejects.toMatchObject({ exitCode: 75, code: "MM_BUDGET" });
    expect(blown).toBe(1);
  });

  it("was killed by somebody else when it did not", async () => {
    await expect(run(killed, { oomKills: () => 7 })).rejects.toMatchObject({ exitCode: 74, message: expect.stringContaining("signal 9") });
  });
});

describe("a child that is out of hand", () => {
  const folder = temporaryFolder();

  it("has its file cut off at the limit, and none without one", async () => {
    const write = (bytes: number) => `exec head -c ${bytes} /dev/zero > ${folder}/out`;
    const limited = { fileLimitBytes: 100_000 };
    await expect(run(write(100_000), limited)).resolves.toMatchObject({ code: 0 });
    const tooLarge = { exitCode: 75, code: "MM_DISK" };
    await expect(run(write(100_001), limited)).rejects.toMatchObject({ ...tooLarge, message: expect.stringContaining("97.7 KiB") });
    await expect(run(write(1))).rejects.toMatchObject(tooLarge);
    await expect(run(write(100_001), { fileLimitBytes: Number.POSITIVE_INFINITY })).resolves.toMatchObject({ code: 0 });
  });

  it("reaches no network", async () => {
    let connections = 0;
    const server = createServer(() => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const call = `${process.execPath} -e 'require("net").connect(${port}, "127.0.0.1").on("error", (e) => { console.error(e.code); process.exit(9); })'`;
    await expect(run(call)).rejects.toMatchObject({ exitCode: 74, details: { ffmpeg: expect.stringMatching(/EACCES/) } });
    expect(connections).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  it("is stopped though it ignores SIGTERM, and what it started ends with it", async () => {
    const stop = new AbortController();
    const pids: number[] = [];
    const script = `trap '' TERM; sleep 30 & printf 'frame=%s\nprogress=continue\n' $! >&3; while :; do sleep 0.1; done`;
    const running = run(script, {
      signal: stop.signal,
      onProgress: ({ frames }) => {
        pids.push(frames);
        stop.abort(new Error("stopped by the test"));
      },
    });
    await expect(running).rejects.toThrow("stopped by the test");
    expect(pids).toHaveLength(1);
    await until(() => !isRunning(pids[0] ?? 0), "what the child started is gone");
  });

  it("may flood standard error: its end is kept, and no more memory than that", async () => {
    const flood = "yes 'an error' | head -c 200000000 >&2; echo >&2; echo last >&2; exit 1";
    const beforeBytes = process.memoryUsage().rss;
    await expect(run(flood)).rejects.toMatchObject({ details: { ffmpeg: "last" } });
    expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(100e6);
  });
});
