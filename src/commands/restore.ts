/** `mm restore`: every byte of the reduced database again, or the records that are named. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { formatBytes, InputMissingError, IoError, Scope, systemClock } from "../base/index.ts";
import { checkOutput, Workspace } from "../io/index.ts";
import { cpuQuota } from "../memory/index.ts";
import { fewestRestorationBytes, type RestorationJob, restorationBytes, restoreAll, restoreNamed } from "../sequence/index.ts";
import type { CommandContext, MemoryPlanLine, Report } from "./command.ts";
import { type JobCore, NO_CHILDREN, openJobCore, reportOf, withStats } from "./job-core.ts";
import { heldLines, overLimit, smallestLimit, sumOf } from "./over-limit.ts";
import type { RestoreSettings } from "./reduce-settings.ts";
import type { RestoreResult } from "./result.ts";
import { fileSize, isReaderGone, STANDARD_OUTPUT_FD } from "./streams.ts";

const RESTORED = "restored";
const OWN_REASONS = { "runtime.baseline": "Node and mm before any work", "runtime.heap": "growth of the JavaScript heap" };

/** @throws MmError of any class; nothing is left behind then */
export async function restore(settings: RestoreSettings, context: CommandContext): Promise<Report<RestoreResult>> {
  const startedMs = systemClock.nowMs();
  const isFile = settings.output !== "-";
  if (isFile) for (const path of [settings.input, settings.deltas]) checkOutput(settings.output, path, settings.overwrite);
  await using scope = new Scope();
  const workspace = isFile && !settings.dryRun ? scope.use(new Workspace(settings.output, settings.overwrite)) : undefined;
  const job = openJobCore(settings, { ...NO_CHILDREN, temporary: workspace?.directory ?? tmpdir() }, context, scope);
  return await withStats(job.core, context, async () =>
    reportOf("restore", job.core, await planAndRun(settings, job, context, workspace), startedMs),
  );
}

async function planAndRun(
  settings: RestoreSettings,
  { core, limit, meter, signal }: JobCore,
  context: CommandContext,
  workspace: Workspace | undefined,
): Promise<RestoreResult> {
  const { budget } = core;
  const inputBytes = fileSize(settings.input);
  const deltaBytes = fileSize(settings.deltas);
  const threads = settings.threads ?? cpuQuota().count;
  const held = { limit, ownLines: heldLines(budget, OWN_REASONS) };
  const freeBytes = budget.limitBytes - budget.reservedBytes;
  const fewest = grantLine(fewestRestorationBytes());
  if (freeBytes < fewest.bytes) throw overLimit(held, [fewest], "at least", "");
  const grantBytes = restorationBytes(freeBytes, threads, Math.min(settings.memory.cacheBytes, 2 * inputBytes + 8 * deltaBytes));
  const lines = [...held.ownLines, grantLine(grantBytes)];
  const plannedPeakBytes = sumOf(lines);
  context.emit({
    type: "plan",
    plan: {
      limit,
      lines,
      plannedPeakBytes,
      minimumLimitBytes: smallestLimit([fewest], held),
      lowered: [],
      memoryEstimated: false,
      savedBytes: 0,
      facts: [{ name: "input", text: `${settings.input} ${formatBytes(inputBytes)}, ${settings.deltas} ${formatBytes(deltaBytes)}` }],
    },
  });
  core.settle({ limit, plannedPeakBytes });
  if (settings.dryRun) return { records: 0, outputBytes: 0, sha256: null, identical: null };
  const fd = workspace === undefined ? STANDARD_OUTPUT_FD : openSync(workspace.path(RESTORED), "w", 0o666);
  try {
    const result = await restoreTo(fd, settings, {
      representativesPath: settings.input,
      deltasPath: settings.deltas,
      output: fd,
      threads,
      openSegment: (byteLength) => core.segment(budget, "sequence.grant", byteLength),
      grantBytes,
      signal,
      onProgress: (done, total) => meter.progressed("restore", done, total),
    });
    await workspace?.publish(RESTORED);
    return result;
  } finally {
    if (workspace !== undefined) closeSync(fd);
  }
}

function grantLine(bytes: number): MemoryPlanLine {
  return { tag: "sequence.grant", bytes, because: "blocks of deltas, and representatives kept for the next member" };
}

async function restoreTo(fd: number, settings: RestoreSettings, job: RestorationJob): Promise<RestoreResult> {
  try {
    if (settings.names.length === 0) return await whole(job);
    const records = await restoreNamed(job, settings.names);
    if (records === 0)
      throw new InputMissingError(`no record is called ${settings.names.join(" or ")}`, { hint: "the first word of its header" });
    return { records, outputBytes: fd === STANDARD_OUTPUT_FD ? 0 : fstatSync(fd).size, sha256: null, identical: null };
  } catch (error) {
    if (isReaderGone(fd, error)) return { records: 0, outputBytes: 0, sha256: null, identical: null };
    throw error;
  }
}

async function whole(job: RestorationJob): Promise<RestoreResult> {
  const { records, outputBytes, sha256, wantedSha256 } = await restoreAll(job);
  if (sha256 === wantedSha256) return { records, outputBytes, sha256, identical: true };
  throw new IoError("what was restored is not what was reduced", {
    details: { wanted: wantedSha256, restored: sha256 },
    hint: "the representatives or the deltas are damaged: take them from a copy",
  });
}
