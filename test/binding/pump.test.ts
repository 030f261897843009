import { closeSync, writeSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { binding, type ChildExit, type NativeFramePump, type NativePool, type NativeSegment } from "../../src/binding/index.ts";
import { until } from "./addon.ts";

const FRAME_BYTES = 100_000;

type Rig = {
  readonly segment: NativeSegment;
  readonly pool: NativePool;
  readonly pump: NativeFramePump;
  readonly bytes: Uint8Array;
  /** -1 when a child writes. */
  readonly writeFd: number;
};
const rigs: Rig[] = [];

/** A pump on a pipe: a child that runs `script` writes into it, or the test itself. */
function makeRig(slots: number, credit: number, script?: string, onExit: (exit: ChildExit) => void = () => {}): Rig {
  const segment = binding.segmentAnonymous(slots * (FRAME_BYTES + 64), "base");
  const pool = binding.pool(segment, FRAME_BYTES, 64, false);
  const { readFd, writeFd } = binding.pipe(1024 * 1024);
  if (script !== undefined) {
    const args = ["sh", "-c", script];
    const environment = { env: ["PATH=/usr/bin:/bin"], cwd: "/", limits: {}, oomScoreAdj: 0, niceness: 0 };
    binding.spawn({ file: "/bin/sh", args, stdio: [-1, writeFd, 2], ...environment }, onExit);
    closeSync(writeFd);
  }
  const pump = binding.framePump(readFd, pool, FRAME_BYTES, credit);
  const rig = { segment, pool, pump, bytes: new Uint8Array(segment.buffer()), writeFd: script === undefined ? writeFd : -1 };
  rigs.push(rig);
  return rig;
}

afterEach(() => {
  for (const rig of rigs.splice(0)) {
    rig.pump.close();
    if (rig.writeFd >= 0) closeSync(rig.writeFd);
    // Throws when a slot is still out.
    rig.pool.close();
    rig.segment.close();
  }
});

describe("a frame pump", () => {
  test("delivers the whole frames of a child in order, then the end, then the end again", async () => {
    const { pump, pool, bytes } = makeRig(4, 3, `for n in 1 2 3 4 5 6 7 8 9; do head -c ${FRAME_BYTES} /dev/zero | tr '\\0' $n; done`);
    for (let index = 0; index < 9; index++) {
      const frame = await pump.next();
      expect(frame.index).toBe(index);
      const start = frame.slot * pool.strideBytes;
      expect(bytes[start]).toBe("1".charCodeAt(0) + index);
      expect(bytes[start + FRAME_BYTES - 1]).toBe("1".charCodeAt(0) + index);
      pool.release(frame.slot);
    }
    expect(await pump.next()).toEqual({ index: 9, slot: -1, trailingBytes: 0 });
    expect(await pump.next()).toEqual({ index: 9, slot: -1, trailingBytes: 0 });
    expect(pump.framesRead).toBe(9);
    expect(pump.bytesRead).toBe(9 * FRAME_BYTES);
  });

  test("tells a stream that ends inside a frame, with the bytes of it", async () => {
    const { pump, pool } = makeRig(2, 1, `head -c ${FRAME_BYTES + 777} /dev/zero`);
    pool.release((await pump.next()).slot);
    expect(await pump.next()).toEqual({ index: 1, slot: -2, trailingBytes: 777 });
    expect((await pump.next()).slot).toBe(-1);
  });

  test("tells an empty stream as its end", async () => {
    const { pump } = makeRig(2, 1, "exit 0");
    expect(await pump.next()).toEqual({ index: 0, slot: -1, trailingBytes: 0 });
  });

  test("stops a child that is ahead of its credit, and lets it go on", async () => {
    const exits: ChildExit[] = [];
    const { pump, pool } = makeRig(8, 2, `head -c ${40 * FRAME_BYTES} /dev/zero`, (exit) => exits.push(exit));
    await until(() => pump.framesRead === 2, "the credit is used up");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(pump.framesRead).toBe(2);
    expect(pool.available()).toBe(6);
    expect(exits).toHaveLength(0);
    for (let frame = await pump.next(); frame.slot >= 0; frame = await pump.next()) pool.release(frame.slot);
    expect(pump.framesRead).toBe(40);
    expect(pool.peakInUse()).toBeLessThanOrEqual(3);
    await until(() => exits.length === 1, "the child ended");
  });

  test("waits for a slot when the pool is empty, and goes on when one is released", async () => {
    const { pump, pool } = makeRig(2, 2, `head -c ${5 * FRAME_BYTES} /dev/zero`);
    const held = [(await pump.next()).slot, (await pump.next()).slot];
    const third = pump.next();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pump.framesRead).toBe(2);
    for (const slot of held) pool.release(slot);
    expect((await third).index).toBe(2);
    pool.release((await third).slot);
  });

  test("resolves many waiting promises in the order of the calls", async () => {
    const { pump, pool, writeFd } = makeRig(4, 4);
    const waiting = [pump.next(), pump.next(), pump.next()];
    for (let count = 0; count < 3; count++) writeSync(writeFd, Buffer.alloc(FRAME_BYTES));
    const frames = await Promise.all(waiting);
    expect(frames.map((frame) => frame.index)).toEqual([0, 1, 2]);
    for (const frame of frames) pool.release(frame.slot);
  });

  test("closed in mid-stream ends its promises and its writer, and returns every slot", async () => {
    const exits: ChildExit[] = [];
    const { pump, pool } = makeRig(4, 3, "cat /dev/zero", (exit) => exits.push(exit));
    pool.release((await pump.next()).slot);
    await until(() => pump.framesRead === 4, "frames wait to be taken");
    pump.close();
    expect(pool.available()).toBe(4);
    expect((await pump.next()).slot).toBe(-1);
    await until(() => exits.length === 1, "cat met the closed pipe");
    expect(exits[0]?.signal === 13 || exits[0]?.code === 128 + 13).toBe(true);
  });

  test("closed while a promise waits resolves it with the end", async () => {
    const { pump } = makeRig(2, 1);
    const waiting = pump.next();
    pump.close();
    expect((await waiting).slot).toBe(-1);
  });

  test("keeps the pool open while it runs", () => {
    const { pump, pool } = makeRig(2, 1);
    expect(() => pool.close()).toThrow(expect.objectContaining({ code: "EBUSY" }));
    pump.close();
    pool.close();
    expect(pool.available()).toBe(0);
  });

  test("refuses frames larger than a slot, no credit, and a pool that is none", () => {
    const { pool } = makeRig(2, 1);
    const { readFd, writeFd } = binding.pipe(4096);
    expect(() => binding.framePump(readFd, pool, FRAME_BYTES + 1, 1)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    expect(() => binding.framePump(readFd, pool, FRAME_BYTES, 0)).toThrow(expect.objectContaining({ code: "EINVAL" }));
    expect(() => binding.framePump(readFd, {} as NativePool, 1, 1)).toThrow(/pool must be a NativePool/);
    // A descriptor that was refused is still the caller's to close.
    closeSync(readFd);
    closeSync(writeFd);
  });
});
