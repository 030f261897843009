import { formatBytes } from "../base/index.ts";
import type { MemoryLimit } from "../memory/index.ts";
import type { CommandContext } from "./command.ts";

/** Says that less is there than was asked for; a preset asks for what a machine of its kind has, so that is a detail. */
export function announceClamp(
  asked: { readonly maxMemoryBytes: number | undefined; readonly maxMemorySource: string | undefined },
  limit: MemoryLimit,
  context: CommandContext,
): void {
  const { maxMemoryBytes, maxMemorySource } = asked;
  if (maxMemoryBytes === undefined || maxMemoryBytes <= limit.limitBytes) return;
  const there = `${formatBytes(limit.limitBytes)}, which is what ${limit.source === "cgroup" ? "the memory cgroup allows" : "this machine allows"}`;
  const message = `a limit of ${formatBytes(maxMemoryBytes)} was asked for; the job gets ${there}`;
  context.emit(maxMemorySource === "preset" ? { type: "detail", message } : { type: "warning", message });
}
