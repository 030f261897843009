import { describe, expect, it } from "vitest";
import type { CgroupUsage } from "../../src/memory/cgroup.ts";
import type { MemoryLimit } from "../../src/memory/limit.ts";
import { type Measured, type Pressure, PressureJudge } from "../../src/memory/pressure-judge.ts";

const MIB = 1024 ** 2;
const CALM_USAGE: CgroupUsage = {
  usageBytes: 0,
  anonBytes: 0,
  shmemBytes: 0,
  kernelBytes: 0,
  unreclaimableBytes: 0,
  refaultBytes: 0,
  stallPercent: 0,
};

/** 1000 MiB by a flag, 980 of them for the ledger. */
const FLAG: MemoryLimit = {
  limitBytes: 1000 * MIB,
  source: "flag",
  boundBy: "limit",
  othersBytes: 0,
  kernelBytes: 20 * MIB,
  textBytes: 64 * MIB,
  budgetBytes: 980 * MIB,
  lines: [],
};

/** The same inside a cgroup of 1000 MiB. */
const CGROUP: MemoryLimit = {
  ...FLAG,
  source: "cgroup",
  boundBy: "cgroup",
  cgroupBytes: 1000 * MIB,
  cgroup: { folder: "/job", version: 2, limitBytes: 1000 * MIB, highBytes: 700 * MIB, usage: CALM_USAGE },
  kernelBytes: 100 * MIB,
  budgetBytes: 900 * MIB,
};

function measured(mebibytes: Partial<Record<"tree" | "own" | "ownLedger", number>>, cgroup?: Partial<CgroupUsage>, atMs = 0): Measured {
  const { tree = 0, own = 0, ownLedger = own } = mebibytes;
  return {
    atMs,
    treeBytes: tree * MIB,
    ownBytes: own * MIB,
    ownLedgerBytes: ownLedger * MIB,
    cgroup: cgroup && { ...CALM_USAGE, ...cgroup },
  };
}

describe("PressureJudge", () => {
  it("calls a tree that fills its plan critical, but wants nothing back", () => {
    const judge = new PressureJudge(FLAG);
    expect(judge.judge(measured({ tree: 790 })).level).toBe("ok");
    expect(judge.judge(measured({ tree: 800 })).level).toBe("warning");
    expect(judge.judge(measured({ tree: 980 }))).toEqual({ level: "critical", cause: "resident", wantedBytes: 0 });
  });

  it("wants back what is above the plan once half of the headroom is gone", () => {
    const judge = new PressureJudge(FLAG);
    expect(judge.judge(measured({ tree: 990 })).wantedBytes).toBe(0);
    expect(judge.judge(measured({ tree: 991 }))).toEqual({ level: "critical", cause: "resident", wantedBytes: 11 * MIB });
  });

  it("notices own memory that nobody reserved, with only cheap relief due", () => {
    const judge = new PressureJudge(FLAG);
    expect(judge.judge(measured({ tree: 300, own: 300, ownLedger: 200 })).level).toBe("ok");
    expect(judge.judge(measured({ tree: 301, own: 301, ownLedger: 200 }))).toEqual({
      level: "critical",
      cause: "resident",
      wantedBytes: 0,
    });
  });

  it("wants room for program text in a cgroup", () => {
    const judge = new PressureJudge(CGROUP);
    expect(judge.judge(measured({}, { unreclaimableBytes: 690 * MIB })).level).toBe("ok");
    expect(judge.judge(measured({}, { unreclaimableBytes: 946 * MIB }))).toEqual({
      level: "critical",
      cause: "cgroup",
      wantedBytes: 10 * MIB,
    });
  });

  it("takes memory.high as an alarm: critical, nothing wanted back", () => {
    const judge = new PressureJudge(CGROUP);
    expect(judge.judge(measured({}, { unreclaimableBytes: 700 * MIB }))).toEqual({ level: "critical", cause: "cgroup", wantedBytes: 0 });
  });

  it("is critical when program text is read again above 20 MB/s for a second, and calm when that ends", () => {
    const judge = new PressureJudge(CGROUP);
    const at = (atMs: number, refaultBytes: number): Pressure => judge.judge(measured({}, { refaultBytes }, atMs));
    expect(at(0, 500e6).level).toBe("ok");
    expect(at(500, 530e6).level).toBe("ok");
    expect(at(1000, 521e6)).toEqual({ level: "critical", cause: "refault", wantedBytes: 16 * MIB });
    expect(at(1500, 522e6).level).toBe("critical");
    expect(at(2000, 540e6).level).toBe("ok");
  });

  it("is critical while the cgroup stands still for memory", () => {
    const judge = new PressureJudge(CGROUP);
    expect(judge.judge(measured({}, { stallPercent: 9.9 })).level).toBe("ok");
    expect(judge.judge(measured({}, { stallPercent: 10 }))).toEqual({ level: "critical", cause: "stall", wantedBytes: 0 });
  });

  it("reports the worst of several pressures, and of equals the one that wants most", () => {
    const judge = new PressureJudge(CGROUP);
    const both = measured({ tree: 960 }, { unreclaimableBytes: 940 * MIB, stallPercent: 50 });
    expect(judge.judge(both)).toEqual({ level: "critical", cause: "resident", wantedBytes: 60 * MIB });
    expect(judge.judge(measured({ tree: 850 }, { unreclaimableBytes: 960 * MIB }))).toMatchObject({ cause: "cgroup" });
  });

  it("does not look at a cgroup that does not bound the job", () => {
    expect(new PressureJudge(FLAG).judge(measured({}, { unreclaimableBytes: 5000 * MIB, stallPercent: 99 })).level).toBe("ok");
  });
});
