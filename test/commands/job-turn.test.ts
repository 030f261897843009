import { describe, expect, it } from "vitest";
import { BudgetExceededError } from "../../src/base/index.ts";
import type { CommandEvent, MemoryPlan } from "../../src/commands/index.ts";
import { claimForSpeed, planAtBest, takeTurn } from "../../src/commands/job-turn.ts";
import type { GroupView, JobShare, MemoryLimit } from "../../src/memory/index.ts";

const MIB = 1024 ** 2;
const LIMIT = { budgetBytes: 1000 * MIB, othersBytes: 0, lines: [{ what: "limit", bytes: 1000 * MIB }] } as unknown as MemoryLimit;
const OTHER = { pid: 10_000_001, command: "reduce", heldBytes: 600 * MIB, isQueued: false };
const VIEW = {
  limitBytes: 900 * MIB,
  othersBytes: 600 * MIB,
  waitingBytes: 0,
  others: [OTHER],
  isAnyRunning: true,
} as unknown as GroupView;

type Choose = Parameters<JobShare["claim"]>[1];

/** A job in a group where so much is free at one look after the other, and so much at best. */
function jobIn(looks: (number | "never")[], bestMib = 1000) {
  const events: CommandEvent[] = [];
  const forced: number[] = [];
  const share = {
    waitedMs: 0,
    lease: { forceUpTo: (bytes: number) => forced.push(bytes / MIB), describeOthers: () => "90 are held" },
    bestLimit: (limit: MemoryLimit) => ({ ...limit, budgetBytes: bestMib * MIB }),
    takeTurn: async (bytes: number, onWait: (view: GroupView, wanted: number) => void) => {
      onWait(VIEW, bytes);
      onWait(VIEW, bytes);
      share.waitedMs += 100;
    },
    claim: async (_most: number, choose: Choose) => {
      for (let free = looks.shift(); free !== undefined; free = looks.shift()) {
        if (free === "never") return undefined;
        const bytes = choose(free * MIB);
        if (bytes !== undefined) return bytes;
      }
      throw new Error("it would wait on");
    },
  };
  const waits: number[] = [];
  const phases: [string, number, number][] = [];
  const job = {
    limit: LIMIT,
    share: share as unknown as JobShare,
    core: { budget: { reservedBytes: 50 * MIB }, countWait: (milliseconds: number) => waits.push(milliseconds) },
    meter: { progressed: (...words: [string, number, number]) => phases.push(words) },
    context: { emit: (event: CommandEvent) => events.push(event) },
  };
  return { job: job as unknown as Parameters<typeof takeTurn>[0], events, waits, forced, phases };
}

/** Takes 400 MiB where it can, 100 at least. */
function plan(limit: MemoryLimit) {
  if (limit.budgetBytes < 100 * MIB) throw new BudgetExceededError("too small");
  return { memory: { limit, plannedPeakBytes: Math.min(400 * MIB, limit.budgetBytes) } as unknown as MemoryPlan };
}

const plannedMib = async (looks: (number | "never")[], bestMib?: number) =>
  (await claimForSpeed(jobIn(looks, bestMib).job, plan)).memory.plannedPeakBytes / MIB;

describe("a job whose memory decides its speed alone", () => {
  it.each([
    ["takes what it would take alone", [1000], 400],
    ["takes what is free where that is half of it", [250], 250],
    ["waits for half of it", [50, 150, 199, 210], 210],
    ["plans anew where others came meanwhile", ["never", 400], 400],
  ] as [string, (number | "never")[], number][])("%s", async (_what, looks, mib) => {
    expect(await plannedMib(looks)).toBe(mib);
  });

  it("is refused what would not do even when all others have ended", async () => {
    await expect(plannedMib([90], 90)).rejects.toMatchObject({ exitCode: 75, details: { otherJobs: "90 are held" } });
    // Half of 150 MiB would be free, and is below what it takes at least.
    expect(await plannedMib([80, 160], 150)).toBe(150);
  });

  it("shows a limit that says who has the rest", async () => {
    const { memory } = await claimForSpeed(jobIn([250]).job, plan);
    expect(memory.limit.lines.at(-1)).toEqual({ what: "held by other mm jobs", bytes: -750 * MIB });
    expect(memory.limit.othersBytes).toBe(750 * MIB);
  });
});

it("a plan that would not do alone either says so itself", () => {
  const refuse = () => {
    throw new BudgetExceededError("too small", { hint: "--max-memory 2G" });
  };
  const refused = (bestMib: number) => () => planAtBest(jobIn([], bestMib).job, refuse);
  for (const bestMib of [90, 1000]) expect(refused(bestMib)).toThrow(expect.objectContaining({ hint: "--max-memory 2G", details: {} }));
});

describe("a turn", () => {
  it("is waited for with a word on who holds what, once while they are the same, and counts as waiting", async () => {
    const { job, events, waits, forced, phases } = jobIn([]);
    await takeTurn(job, 128 * MIB);
    expect(events).toEqual([
      { type: "waiting", message: "waiting for memory: 600.0 MiB of 900.0 MiB are held by 1 other mm job (pid 10000001 reduce)" },
    ]);
    expect(phases).toEqual(Array.from({ length: 2 }, () => ["wait", 82 * MIB, 82 * MIB]));
    expect([waits, forced]).toEqual([[100], [178]]);
  });
});
