import { expect, it } from "vitest";
import { MIB } from "../../src/base/index.ts";
import { correctLanes, LaneCount } from "../../src/media/lane-count.ts";
import type { TranscodeJob } from "../../src/media/transcode-job.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";

/** In MiB, as in the table below. */
const room = { roomBytes: 300, running: 0, claimedBytes: 0, forecastBytes: 200, plannedLanes: 1, usefulLanes: 2 };

function correct(more: Partial<typeof room>, peak: number): { lanes: number; laneBytes: number } {
  const { roomBytes, claimedBytes, forecastBytes, ...counts } = { ...room, ...more };
  const bytes = { roomBytes: roomBytes * MIB, claimedBytes: claimedBytes * MIB, forecastBytes: forecastBytes * MIB };
  const { lanes, laneBytes } = correctLanes({ ...bytes, ...counts }, peak * MIB);
  return { lanes, laneBytes: laneBytes / MIB };
}

it.each([
  ["a lane that holds less than planned lets another one fit", {}, 130, { lanes: 2, laneBytes: 143 }],
  ["but not when the two and what they may hold more do not fit", {}, 140, { lanes: 1, laneBytes: 200 }],
  ["nor when more would not pay", { usefulLanes: 1 }, 50, { lanes: 1, laneBytes: 200 }],
  [
    "a third one fits beside a claim of before, with its kernel memory",
    { plannedLanes: 2, usefulLanes: 3, roomBytes: 423, running: 1, claimedBytes: 200 },
    100,
    { lanes: 3 },
  ],
  ["or it does not", { plannedLanes: 2, usefulLanes: 3, roomBytes: 422, running: 1, claimedBytes: 200 }, 100, { lanes: 2 }],
  ["as planned, nothing changes", { roomBytes: 400, plannedLanes: 2 }, 200, { lanes: 2, laneBytes: 200 }],
  ["nor does it when the room is a little smaller than it was", { roomBytes: 399, plannedLanes: 2 }, 199, { lanes: 2, laneBytes: 200 }],
  ["a lane that holds more than planned costs the other", { roomBytes: 400, plannedLanes: 2 }, 201, { lanes: 1, laneBytes: 201 }],
  ["unless both still fit", { roomBytes: 420, plannedLanes: 2, running: 1, claimedBytes: 200 }, 210, { lanes: 2, laneBytes: 210 }],
  ["a single lane goes on with what there is", {}, 900, { lanes: 1, laneBytes: 300 }],
])("%s", (_what, more, peak, wanted) => {
  expect(correct(more, peak)).toMatchObject(wanted);
});

function jobWith(budget: ReturnType<typeof roomyBudget>, warning?: string, pledgeableBytes = Number.POSITIVE_INFINITY) {
  const told: [number, number][] = [];
  const chosen = { lanes: 1, usefulLanes: 2, lane: { totalBytes: 200 * MIB } };
  const job = {
    chosen,
    core: { budget, spill: { warning }, isAdaptive: true, pledge: (bytes: number) => bytes <= pledgeableBytes, roomBytes: 270 * MIB },
    onDetail: () => {},
    onLanes: (...words: [number, number]) => told.push(words),
  };
  return { count: new LaneCount(job as unknown as TranscodeJob), told };
}

it("the highest of all chunks counts, and what mm itself holds is not the lanes'", () => {
  using budget = roomyBudget(350 * MIB);
  using _own = budget.reserve(50 * MIB, "runtime.baseline");
  const { count, told } = jobWith(budget);
  expect([count.lanes, count.job.chosen.lane.totalBytes]).toEqual([1, 200 * MIB]);
  count.measured(100 * MIB, 0);
  expect([count.lanes, count.job.chosen.lane.totalBytes]).toEqual([2, 110 * MIB]);
  count.measured(90 * MIB, 0);
  expect(count.job.chosen.lane.totalBytes).toBe(110 * MIB);
  count.measured(140 * MIB, 0);
  expect([count.lanes, count.job.chosen.lane.totalBytes]).toEqual([1, 200 * MIB]);
  expect(told).toEqual([
    [2, 270 * MIB],
    [1, 250 * MIB],
  ]);
});

it("on a disk that is memory there are never more lanes: the files will need it", () => {
  using budget = roomyBudget(350 * MIB);
  const { count } = jobWith(budget, "the temporary folder is memory");
  count.measured(10 * MIB, 0);
  expect(count.lanes).toBe(1);
});

it("other jobs have the memory that another lane would take", () => {
  using budget = roomyBudget(350 * MIB);
  using _own = budget.reserve(50 * MIB, "runtime.baseline");
  const { count, told } = jobWith(budget, undefined, 269 * MIB);
  count.measured(100 * MIB, 0);
  expect([count.lanes, count.job.chosen.lane.totalBytes]).toEqual([2, 110 * MIB]);
  expect(told).toHaveLength(1);
});
