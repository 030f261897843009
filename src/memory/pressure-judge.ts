import { MIB } from "../base/index.ts";
import type { CgroupUsage } from "./cgroup.ts";
import type { PressureCause } from "./ladder.ts";
import type { MemoryLimit } from "./limit.ts";
import { PressureGauge, type PressureLevel, type PressureShares } from "./pressure.ts";

/** Program text read again at this rate for a whole window means that it no longer fits: nothing is killed, everything crawls. */
const REFAULT_LIMIT_BYTES_PER_SECOND = 20e6;
const REFAULT_WINDOW_MS = 1000;
/** How much to free then: about the text of one engine. */
const REFAULT_WANTED_BYTES = 16 * MIB;
/** PSI: in this share of the last 10 s no task of the cgroup could run for want of memory. */
const STALL_LIMIT_PERCENT = 10;
/** Own memory above the ledger's by this share of the limit means that something takes memory without asking. */
const UNACCOUNTED_LIMIT_SHARE = 0.1;

export type Pressure = {
  readonly level: PressureLevel;
  readonly cause: PressureCause;
  /** Bytes to free. 0 with a critical level: what is there was planned, only cheap relief is due. */
  readonly wantedBytes: number;
};

/** What one sample measured. */
export type Measured = {
  readonly atMs: number;
  readonly treeBytes: number;
  readonly ownBytes: number;
  readonly ownLedgerBytes: number;
  readonly cgroup: CgroupUsage | undefined;
};

const CALM: Pressure = { level: "ok", cause: "resident", wantedBytes: 0 };
const RANK: Readonly<Record<PressureLevel, number>> = { ok: 0, warning: 1, critical: 2 };

/**
 * Says from the measurements how near the job is to its limit. Being near it is fine when the plan said so: bytes are wanted
 * back only when the headroom that the plan left is being used up, or when program text is squeezed out.
 */
export class PressureJudge {
  readonly #limit: MemoryLimit;
  readonly #resident: PressureGauge;
  readonly #cgroup: PressureGauge;
  #refaultWindow: { readonly atMs: number; readonly bytes: number } | undefined;
  #refaulting = false;

  constructor(limit: MemoryLimit, shares?: PressureShares) {
    this.#limit = limit;
    this.#resident = new PressureGauge(shares);
    this.#cgroup = new PressureGauge(shares);
  }

  judge(measured: Measured): Pressure {
    const resident = this.#judgeResident(measured);
    if (measured.cgroup === undefined || this.#limit.cgroup === undefined) return resident;
    const inCgroup = this.#judgeCgroup(measured.cgroup, this.#limit.cgroup.limitBytes, this.#limit.cgroup.highBytes);
    return [inCgroup, this.#judgeRefaults(measured.atMs, measured.cgroup), judgeStall(measured.cgroup)].reduce(worse, resident);
  }

  #judgeResident({ treeBytes, ownBytes, ownLedgerBytes }: Measured): Pressure {
    const { limitBytes, budgetBytes } = this.#limit;
    const level = this.#resident.update(treeBytes / limitBytes);
    const isOver = treeBytes > budgetBytes + (limitBytes - budgetBytes) / 2;
    const isUnaccounted = ownBytes - ownLedgerBytes > limitBytes * UNACCOUNTED_LIMIT_SHARE;
    return { level: isOver || isUnaccounted ? "critical" : level, cause: "resident", wantedBytes: isOver ? treeBytes - budgetBytes : 0 };
  }

  #judgeCgroup(usage: CgroupUsage, limitBytes: number, highBytes = Number.POSITIVE_INFINITY): Pressure {
    const level = this.#cgroup.update(usage.unreclaimableBytes / limitBytes);
    const wantedBytes = Math.max(0, usage.unreclaimableBytes - (limitBytes - this.#limit.textBytes));
    const isCritical = wantedBytes > 0 || usage.unreclaimableBytes >= highBytes;
    return { level: isCritical ? "critical" : level, cause: "cgroup", wantedBytes };
  }

  #judgeRefaults(atMs: number, { refaultBytes }: CgroupUsage): Pressure {
    this.#refaultWindow ??= { atMs, bytes: refaultBytes };
    const elapsedMs = atMs - this.#refaultWindow.atMs;
    if (elapsedMs >= REFAULT_WINDOW_MS) {
      const bytesPerSecond = ((refaultBytes - this.#refaultWindow.bytes) / elapsedMs) * 1000;
      this.#refaulting = bytesPerSecond > REFAULT_LIMIT_BYTES_PER_SECOND;
      this.#refaultWindow = { atMs, bytes: refaultBytes };
    }
    return this.#refaulting ? { level: "critical", cause: "refault", wantedBytes: REFAULT_WANTED_BYTES } : CALM;
  }
}

function judgeStall({ stallPercent }: CgroupUsage): Pressure {
  return stallPercent >= STALL_LIMIT_PERCENT ? { level: "critical", cause: "stall", wantedBytes: 0 } : CALM;
}

function worse(a: Pressure, b: Pressure): Pressure {
  if (RANK[a.level] !== RANK[b.level]) return RANK[a.level] > RANK[b.level] ? a : b;
  return b.wantedBytes > a.wantedBytes ? b : a;
}
