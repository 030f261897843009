import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import { MIB } from "../../src/base/index.ts";
import { kernels } from "../../src/media/kernels.ts";
import { DecodedFrames, ParkedFrames } from "../../src/media/proof-frames.ts";
import { type Budget, FramePool, type SpillRun } from "../../src/memory/index.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { FakeEngine } from "./fake-engine.ts";

const TIME = { ticks: 0, timeBase: { num: 1, den: 25 } };
const never = new AbortController().signal;
/** Bytes of one frame of 16x16 yuv420p. */
const FRAME_BYTES = 384;

const poolIn = (budget: Budget) => new FramePool(budget, 16, 16, "yuv420p", 8);

function jobOf(fake: FakeEngine, budget: Budget, silenceMs: number) {
  const reservation = budget.reserve(MIB, "media.chunk-decoder");
  return {
    engine: fake.engine,
    doing: "decoding",
    args: [],
    cwd: "/",
    reservation,
    fuseBytes: 256 * MIB,
    signal: never,
    silenceMs,
    [Symbol.dispose]: () => reservation[Symbol.dispose](),
  };
}

const someFrames = (count: number) => `head -c ${FRAME_BYTES * count} /dev/zero`;

it.each([
  ["before its first frame", "exec sleep 30", 0],
  ["between frames", `${someFrames(2)}; exec sleep 30`, 2],
  ["inside a frame", `${someFrames(1)}; printf half; exec sleep 30`, 1],
])("stops a decoder that hangs %s", async (_where, script, count) => {
  using fake = new FakeEngine(script);
  using budget = roomyBudget();
  using pool = poolIn(budget);
  using job = jobOf(fake, budget, 300);
  await using frames = new DecodedFrames(pool, job);
  for (let at = 0; at < count; at += 1) (await frames.next(TIME))?.[Symbol.dispose]();
  await expect(frames.next(TIME)).rejects.toMatchObject({ exitCode: 65, message: "ffmpeg made no progress for 1 s while decoding" });
});

it("stops a decoder that does not end after its frames", async () => {
  using fake = new FakeEngine(`${someFrames(1)}; exec >&-; exec sleep 30`);
  using budget = roomyBudget();
  using pool = poolIn(budget);
  using job = jobOf(fake, budget, 300);
  await using frames = new DecodedFrames(pool, job);
  (await frames.next(TIME))?.[Symbol.dispose]();
  await expect(frames.complaints()).rejects.toThrow(/no progress/);
});

it("does not blame a decoder for frames nobody takes, or for being slow", async () => {
  using fake = new FakeEngine(`for i in 1 2 3 4 5 6; do ${someFrames(1)}; sleep 0.15; done`);
  using budget = roomyBudget();
  using pool = poolIn(budget);
  using job = jobOf(fake, budget, 600);
  await using frames = new DecodedFrames(pool, job);
  await new Promise((resolve) => setTimeout(resolve, 800));
  for (let at = 0; at < 6; at += 1) {
    using frame = await frames.next(TIME);
    expect(frame).toBeDefined();
  }
  expect(await frames.next(TIME)).toBeUndefined();
});

it("starts no child and keeps no descriptor when the pump cannot start", () => {
  using fake = new FakeEngine("exec sleep 30");
  using budget = roomyBudget();
  using pool = poolIn(budget);
  using job = jobOf(fake, budget, 300);
  const before = readdirSync("/proc/self/fd").length;
  const tooLarge = { pool: pool.pool, layout: { frameBytes: MIB } } as unknown as FramePool;
  expect(() => new DecodedFrames(tooLarge, job)).toThrow(/EINVAL/);
  expect(readdirSync("/proc/self/fd").length).toBe(before);
  expect(kernels.processTree(process.pid).length).toBe(1);
});

it("gives a parked frame's slot back when the run cannot be read", async () => {
  async function* blocks(): AsyncGenerator<Uint8Array, void> {
    yield new Uint8Array(FRAME_BYTES + 5).fill(7);
    throw new Error("a block does not match its checksum");
  }
  using budget = roomyBudget();
  using pool = poolIn(budget);
  await using frames = new ParkedFrames(pool, { blocks } as unknown as SpillRun, never);
  {
    using whole = await frames.next(TIME);
    expect(whole?.bytes()[0]).toBe(7);
  }
  await expect(frames.next(TIME)).rejects.toThrow("checksum");
  expect(pool.available).toBe(pool.capacity);
});
