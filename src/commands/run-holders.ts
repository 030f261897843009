/** Who of a process tree holds the memory. */
import { readFileSync } from "node:fs";
import { formatBytes } from "../base/index.ts";
import { binding } from "../binding/index.ts";

/** Processes of one name. */
export type Holder = { readonly name: string; readonly processes: number; readonly bytes: number };

const MOST_HOLDERS = 5;

/** The largest first, anonymous and shared memory and swap of each; what several map alike is counted for each. */
export function readHolders(pids: readonly number[]): Holder[] {
  const byName = new Map<string, Holder>();
  for (const pid of pids) {
    const memory = binding.processMemory(pid);
    if (memory === undefined) continue;
    const name = nameOf(pid);
    const { processes, bytes } = byName.get(name) ?? { processes: 0, bytes: 0 };
    byName.set(name, { name, processes: processes + 1, bytes: bytes + memory.anonBytes + memory.sharedBytes + memory.swapBytes });
  }
  return [...byName.values()].sort((a, b) => b.bytes - a.bytes).slice(0, MOST_HOLDERS);
}

/** "cc1plus (8) 1.2 GiB, make 2.1 MiB" */
export function holderText(holders: readonly Holder[]): string {
  return holders.map(({ name, processes, bytes }) => `${name}${processes > 1 ? ` (${processes})` : ""} ${formatBytes(bytes)}`).join(", ");
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trimEnd();
  } catch {
    return `process ${pid}`;
  }
}
