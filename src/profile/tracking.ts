/** How the processes of a target are found on this host, and what cannot be known of them here. */
import { getSystemErrorName } from "node:util";
import { binding, type NativeTracer } from "../binding/index.ts";
import { OwnCgroup, readKernelFile, SYSTEM_ROOTS, type SystemRoots } from "../memory/index.ts";

/** What was made for a target before it starts. */
export type Tracking = {
  /** Its own cgroup, where one could be made; else why not. */
  readonly cgroup: OwnCgroup | string;
  readonly tracer: NativeTracer | undefined;
};

/** The cgroup is the caller's to dispose. */
export function prepareTracking(everyProcess: boolean, roots: SystemRoots = SYSTEM_ROOTS): Tracking {
  return { cgroup: OwnCgroup.make(undefined, roots), tracer: everyProcess ? binding.tracer() : undefined };
}

/** Once the target runs: what could not be had, in words. */
export function missingOf({ cgroup, tracer }: Tracking, intervalMs: number, roots: SystemRoots = SYSTEM_ROOTS): string[] {
  const missing = missingOnHost(roots);
  const refusal = tracer?.refusal() ?? 0;
  const seesEveryProcess = tracer !== undefined && refusal === 0;
  if (refusal !== 0) missing.push(`--every-process: ptrace is refused (${getSystemErrorName(-refusal)})`);
  if (typeof cgroup === "string") {
    missing.push(`a cgroup of its own: ${cgroup}`);
    if (!seesEveryProcess) missing.push(`memory that is there for less than ${intervalMs} ms: without a cgroup nobody counts it`);
  } else if (cgroup.peakBytes() === undefined) {
    missing.push("the cgroup's peak: memory.peak came with Linux 5.19");
    if (!seesEveryProcess) missing.push(`memory that is there for less than ${intervalMs} ms: this kernel does not remember it`);
  }
  return missing;
}

/** What this /proc does not show, whoever is asked for. */
export function missingOnHost(roots: SystemRoots = SYSTEM_ROOTS): string[] {
  const missing: string[] = [];
  if (readKernelFile(`${roots.procRoot}/self/smaps_rollup`) === undefined) {
    missing.push("shares of shared memory: the kernel has no smaps_rollup, so that resident sizes are all there is");
  }
  const mounts = readKernelFile(`${roots.procRoot}/self/mountinfo`) ?? "";
  if (/ \/proc .*\bhidepid=(?!0|off)/.test(mounts) && process.getuid?.() !== 0) {
    missing.push("processes of other users: /proc hides them (hidepid)");
  }
  return missing;
}
