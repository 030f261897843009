import { totalmem } from "node:os";

/** What no size of memory can be above here. */
export type Ceiling = { readonly bytes: number; readonly of: "the memory cgroup" | "this machine" };

/**
 * The smaller of the machine's memory and this process's cgroup, as libuv reads it (uv_get_constrained_memory); 0 or beyond the machine
 * where there is no limit. A job gets less: its plan says how much.
 */
export function memoryCeiling(machineBytes: number = totalmem(), cgroupBytes: number = process.constrainedMemory()): Ceiling {
  const isConstrained = cgroupBytes > 0 && cgroupBytes < machineBytes;
  return isConstrained ? { bytes: cgroupBytes, of: "the memory cgroup" } : { bytes: machineBytes, of: "this machine" };
}
