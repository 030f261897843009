/** What the end of a guest means: an exit code of its own, or a limit. */
import { constants } from "node:os";
import { BudgetExceededError, bytesAsFlag, formatBytes, MIB } from "../base/index.ts";
import type { ChildExit } from "../binding/index.ts";
import type { MemoryLimit } from "../memory/index.ts";
import { type Holder, holderText } from "./run-holders.ts";
import type { Crossing } from "./run-watch.ts";

/** A program that was stopped while it grew would have grown on: what it holds then is the least it needs. */
const MARGIN = 1.5;

export type OverLimit = {
  readonly limit: MemoryLimit;
  readonly command: string;
  /** Highest sample of the tree, mm's own in it. */
  readonly peakBytes: number;
  /** Of the limit, what this tree may have: less than all where a container is shared, and for program text. */
  readonly mostBytes: number;
  readonly ownBytes: number;
  readonly holders: readonly Holder[];
  /** Who ended it: "the monitor", "the kernel, in the own memory cgroup". */
  readonly endedBy: string;
};

/** As a shell says it: $? */
export function shellCode({ code, signal }: Pick<ChildExit, "code" | "signal">): number {
  return signal === 0 ? code : 128 + signal;
}

/** "SIGKILL" for 9. */
export function signalName(signal: number): string | null {
  if (signal === 0) return null;
  return Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? `SIG${signal}`;
}

export function overLimit({ limit, command, peakBytes, mostBytes, ownBytes, holders, endedBy }: OverLimit): BudgetExceededError {
  const wantedBytes = Math.ceil((Math.max(peakBytes, limit.limitBytes) * MARGIN) / MIB) * MIB;
  const where = limit.boundBy === "cgroup" ? "a container with at least" : "--max-memory";
  return new BudgetExceededError("over the memory limit", {
    hint: `${where} ${bytesAsFlag(wantedBytes)}: it was still growing, so what it needs in all is not known`,
    details: {
      held: `${formatBytes(peakBytes)} at its highest, ${formatBytes(ownBytes)} of it mm's own`,
      limitBytes: limit.limitBytes,
      ...(mostBytes < limit.limitBytes ? { usable: `${formatBytes(mostBytes)}, less what others hold and program text takes` } : {}),
      ...(holders.length === 0 ? {} : { where: holderText(holders) }),
      ended: `${command}, by ${endedBy}`,
    },
  });
}

const ENDED_BY: Readonly<Record<Crossing["by"], string>> = {
  monitor: "mm, which measured it",
  cgroup: "the kernel, in the memory cgroup of its own",
};

export function endedBy(crossing: Crossing): string {
  return ENDED_BY[crossing.by];
}
