import { afterEach, expect, test, vi } from "vitest";
import type { CommandEvent, Progress } from "../../src/commands/index.ts";
import { ProgressMeter } from "../../src/commands/progress-meter.ts";
import type { MemoryLimit } from "../../src/memory/index.ts";

afterEach(() => vi.useRealTimers());

test("frames that an earlier run encoded are done, and count for no rate and no time left", () => {
  vi.useFakeTimers();
  const seen: Progress[] = [];
  const meter = new ProgressMeter({ limitBytes: 1 } as MemoryLimit, (event: CommandEvent) => {
    if (event.type === "progress") seen.push(event.progress);
  });
  meter.frameRate = 25;
  meter.progressed("encode", 700, 1000);
  vi.advanceTimersByTime(2000);
  meter.progressed("encode", 800, 1000);
  expect(seen).toMatchObject([
    { done: 700, fps: 0, etaSeconds: undefined },
    { done: 800, total: 1000, fps: 50, speed: 2, etaSeconds: 4 },
  ]);
});

test("lanes are said of frames alone", () => {
  const seen: Progress[] = [];
  const meter = new ProgressMeter({ limitBytes: 1 } as MemoryLimit, (event: CommandEvent) => {
    if (event.type === "progress") seen.push(event.progress);
  });
  meter.lanes = 2;
  meter.progressed("encode", 1, 10);
  meter.progressed("cluster", 1, 10);
  expect(seen.map(({ lanes }) => lanes)).toEqual([2, 0]);
});
