import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it, vi } from "vitest";
import { BudgetExceededError, systemClock } from "../../../src/base/index.ts";
import type { JobEntry, NativeJobLedger } from "../../../src/binding/index.ts";
import { Budget, PressureLadder } from "../../../src/memory/index.ts";
import { describeHolders, JobLease } from "../../../src/memory/share/job-lease.ts";

const MIB = 1024 ** 2;
const KERNEL_BYTES = 4 * MIB;

const OTHER: JobEntry = {
  pid: 1,
  command: "transcode",
  heldBytes: 60 * MIB,
  kernelBytes: 4 * MIB,
  textBytes: 48 * MIB,
  treeBytes: 50 * MIB,
  isQueued: false,
  isStalled: false,
};

/** A ledger of `freeBytes` for this job, kernel memory included, whatever the machine has. */
function ledgerWith(freeBytes: number, others: JobEntry[] = [OTHER]) {
  const state = { freeBytes, others, heldBytes: 0, stalls: [] as boolean[], error: undefined as Error | undefined };
  const ledger = {
    hold: (heldBytes: number, _kernel: number, _limit: number, claim: string) => {
      if (state.error !== undefined) throw state.error;
      const isGranted = claim === "forced" || heldBytes <= Math.max(state.freeBytes, state.heldBytes);
      if (isGranted) state.heldBytes = heldBytes;
      return isGranted;
    },
    entries: () => state.others,
    setStalled: (isStalled: boolean) => state.stalls.push(isStalled),
    publish: () => {},
  };
  return { state, ledger: ledger as unknown as NativeJobLedger };
}

function leased(freeMib: number, others?: JobEntry[]) {
  const { state, ledger } = ledgerWith(freeMib * MIB + KERNEL_BYTES, others);
  const broken: unknown[] = [];
  const lease = new JobLease(ledger, 48 * MIB, (error) => broken.push(error));
  lease.forceUpTo(0);
  const origin = { source: "the test", advice: (limitBytes: number) => ({ limitBytes, hint: "more" }) };
  const ladder = new PressureLadder(systemClock);
  const budget = Budget.root({ name: "job", limitBytes: 1000 * MIB, clock: systemClock, ladder, origin, lease });
  return { state, lease, budget, ladder, broken, heldMib: () => (state.heldBytes - KERNEL_BYTES) / MIB };
}

describe("a budget under a lease", () => {
  it("holds what it has reserved, and gives it back", () => {
    const { budget, heldMib } = leased(100);
    const first = budget.reserve(60 * MIB, "test.a");
    const second = budget.reserve(40 * MIB, "test.b");
    expect(heldMib()).toBe(100);
    first[Symbol.dispose]();
    expect(heldMib()).toBe(40);
    second[Symbol.dispose]();
  });

  it("refuses what other jobs hold, and says who they are", () => {
    const { budget } = leased(100);
    using _held = budget.reserve(80 * MIB, "test.a");
    expect(budget.tryReserve(21 * MIB, "test.b")).toBeUndefined();
    expect(() => budget.reserve(21 * MIB, "test.b")).toThrow(
      expect.objectContaining({
        exitCode: 75,
        details: expect.objectContaining({
          otherJobs: expect.stringMatching(/^60\.0 MiB of .* held by 1 other mm job \(pid 1 transcode\)$/),
        }),
      }),
    );
    expect(() => budget.child("lanes", { limitBytes: 50 * MIB, minimumBytes: 21 * MIB })).toThrow(BudgetExceededError);
  });

  it("drops its own caches before it gives up", () => {
    const { budget, ladder } = leased(100);
    const cache = budget.reserve(60 * MIB, "test.cache");
    ladder.on({
      step: "drop",
      name: "the cache",
      act: () => {
        const freedBytes = cache.bytes;
        cache[Symbol.dispose]();
        return freedBytes;
      },
    });
    using held = budget.reserve(90 * MIB, "test.a");
    expect(held.bytes).toBe(90 * MIB);
  });

  it("need not ask for what was pledged, which is not given back with what was reserved", () => {
    const { budget, lease, state, heldMib } = leased(100);
    expect(lease.pledge(90 * MIB)).toBe(true);
    expect(lease.pledge(101 * MIB)).toBe(false);
    state.freeBytes = 0;
    budget.reserve(85 * MIB, "test.a")[Symbol.dispose]();
    expect(heldMib()).toBe(90);
    expect(lease.pledge(10 * MIB)).toBe(true);
    expect([heldMib(), lease.coveredBytes / MIB]).toEqual([90, 90]);
    expect(lease.claim(10 * MIB)).toBe(true);
    expect([heldMib(), lease.coveredBytes / MIB]).toEqual([10, 10]);
  });

  it("counts kernel memory of children on top", () => {
    const { lease, state } = leased(100);
    lease.children = 2;
    expect(lease.pledge(94 * MIB)).toBe(true);
    expect(state.heldBytes).toBe(104 * MIB);
    expect(lease.pledge(95 * MIB)).toBe(false);
  });

  it("takes by force what a job needs to find out what it needs, and no more", () => {
    const { budget, lease } = leased(10);
    lease.forceUpTo(50 * MIB);
    using _held = budget.reserve(50 * MIB, "test.a");
    expect(() => budget.reserve(1, "test.b")).toThrow(BudgetExceededError);
  });

  it("lets an admission wait until other jobs give back", async () => {
    const { budget, state } = leased(10);
    const grant = budget.admit(50 * MIB, "test.a");
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(state.stalls).toEqual([true]);
    state.freeBytes = 200 * MIB;
    using _granted = await grant;
    expect(state.stalls).toEqual([true, false]);
    expect(budget.admissionWaitMs).toBeGreaterThan(50);
  });

  it("ends the wait when every other job waits too", async () => {
    const { budget, state } = leased(10);
    state.others = [
      { ...OTHER, isStalled: true },
      { ...OTHER, isQueued: true },
    ];
    await expect(budget.admit(50 * MIB, "test.a")).rejects.toMatchObject({ exitCode: 75, details: { waiting: expect.any(String) } });
  });

  it("goes on without the others when the ledger cannot be used any more", () => {
    const { budget, lease, state, broken } = leased(10);
    state.error = Object.assign(new Error("gone"), { code: "ESTALE" });
    using _held = budget.reserve(500 * MIB, "test.a");
    expect(broken).toEqual([state.error]);
    expect([lease.isShared, lease.coveredBytes, lease.describeOthers()]).toEqual([false, Number.POSITIVE_INFINITY, undefined]);
  });
});

describe("a view of the group", () => {
  it("tells who holds what, and what nobody gives back before its turn", () => {
    const { lease } = leased(10, [OTHER, { ...OTHER, pid: 2, heldBytes: 30 * MIB, isQueued: true }]);
    const view = lease.view();
    expect(view).toMatchObject({ othersBytes: 90 * MIB, waitingBytes: 30 * MIB, isAnyRunning: true });
    expect(view.limitBytes).toBeLessThan(Number.MAX_SAFE_INTEGER);
    expect(leased(10, []).lease.view()).toMatchObject({ othersBytes: 0, isAnyRunning: false, limitBytes: Number.MAX_SAFE_INTEGER });
  });

  it("says which of them is stopped", async () => {
    const sleeper = spawn("sleep", ["60"]);
    await once(sleeper, "spawn");
    const { lease } = leased(10, [{ ...OTHER, pid: sleeper.pid ?? 0 }]);
    expect(lease.describeOthers()).toContain(`(pid ${sleeper.pid} transcode)`);
    sleeper.kill("SIGSTOP");
    await vi.waitFor(() => expect(lease.describeOthers()).toContain(`(pid ${sleeper.pid} transcode, which is stopped)`));
    sleeper.kill("SIGKILL");
    await once(sleeper, "exit");
  });

  it("counts those that hold, apart from those that wait, and those where all wait", () => {
    const waits = { ...OTHER, pid: 10_000_002, heldBytes: MIB, isQueued: true };
    const view = { limitBytes: 20 * MIB, othersBytes: 10 * MIB, waitingBytes: MIB, isAnyRunning: true };
    const holds = { ...OTHER, pid: 10_000_001 };
    expect(describeHolders({ ...view, others: [waits, holds, { ...waits, pid: 10_000_003 }] })).toBe(
      "10.0 MiB of 20.0 MiB are held by 1 other mm job (pid 10000001 transcode); 2 more wait",
    );
    expect(describeHolders({ ...view, others: [waits] })).toMatch(/ by 1 other mm job \(pid 10000002 transcode\)$/);
  });

  it("names those that hold most", () => {
    const others = [1, 2, 3, 4].map((pid) => ({ ...OTHER, pid: 10_000_000 + pid, heldBytes: pid * MIB }));
    const view = { limitBytes: 20 * MIB, others, othersBytes: 10 * MIB, waitingBytes: 0, isAnyRunning: true };
    expect(describeHolders(view)).toBe(
      "10.0 MiB of 20.0 MiB are held by 4 other mm jobs (pid 10000004 transcode, pid 10000003 transcode, pid 10000002 transcode, ...)",
    );
  });
});
