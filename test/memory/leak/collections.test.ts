import { describe, expect, it } from "vitest";
import { collectNow, onFullCollection } from "../../../src/memory/leak/collections.ts";
import { until } from "../../binding/addon.ts";

const MIB = 2 ** 20;

describe("collectNow", () => {
  it("frees objects and buffers, and leaves the program without a gc of its own", () => {
    const before = process.memoryUsage();
    (() => Array.from({ length: 20 }, () => [Buffer.alloc(MIB, 1), new Array(131_072).fill(0.5)]))();
    const full = process.memoryUsage();
    expect(full.heapUsed + full.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeGreaterThan(35 * MIB);
    collectNow();
    const after = process.memoryUsage();
    expect(after.arrayBuffers).toBeLessThan(before.arrayBuffers + MIB);
    expect(after.heapUsed).toBeLessThan(before.heapUsed + 5 * MIB);
    expect(globalThis.gc).toBeUndefined();
  });
});

describe("onFullCollection", () => {
  it("calls back until it is disposed of", async () => {
    let calls = 0;
    const observing = onFullCollection(() => {
      calls++;
    });
    collectNow();
    await until(() => calls > 0, "the collection was seen");
    observing[Symbol.dispose]();
    const seen = calls;
    collectNow();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(calls).toBe(seen);
  });
});
