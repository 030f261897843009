/** `mm restore`: every byte of the reduced database again, or the records that are named. */
import { closeSync, fstatSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { errnoOf, formatBytes, InputMissingError, IoError, MIB, Scope, systemClock } from "../base/index.ts";
import { checkOutput, Workspace } from "../io/index.ts";
import { cpuQuota, fileError, limitForBudget } from "../memory/index.ts";
import { type RestorationJob, restorationBytes, restoreAll, restoreNamed } from "../sequence/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { type JobCore, openJobCore } from "./job-core.ts";
import type { RestoreSettings } from "./reduce-settings.ts";
import type { RestoreResult } from "./result.ts";

const STANDARD_OUTPUT_FD = 1;
const RESTORED = "restored";

/** @throws MmError of any class; nothing is left behind then */
export async function restore(settings: RestoreSettings, context: CommandContext): Promise<Report<RestoreResult>> {
  const startedMs = systemClock.nowMs();
  const isFile = settings.output !== "-";
  if (isFile) checkOutput(settings.output, settings.input, settings.overwrite);
  await using scope = new Scope();
  const workspace = isFile && !settings.dryRun ? scope.use(new Workspace(settings.output, settings.overwrite)) : undefined;
  const job = openJobCore(settings, workspace?.directory ?? tmpdir(), context, scope);
  try {
    const result = await run(settings, job, context, workspace);
    job.core.monitor.sample();
    return {
      schema: "mm.report/1",
      command: "restore",
      ok: true,
      elapsedMs: Math.round(systemClock.nowMs() - startedMs),
      memory: job.core.stats(),
      result,
    };
  } catch (error) {
    job.core.monitor.sample();
    context.emit({ type: "stats", memory: job.core.stats() });
    throw error;
  }
}

async function run(
  settings: RestoreSettings,
  { core, limit, meter, signal }: JobCore,
  context: CommandContext,
  workspace: Workspace | undefined,
): Promise<RestoreResult> {
  const inputBytes = sizeOf(settings.input);
  const deltaBytes = sizeOf(settings.deltas);
  const freeBytes = core.budget.limitBytes - core.budget.reservedBytes;
  const threads = settings.threads ?? cpuQuota().count;
  const cacheBytes = Math.min(settings.memory.cacheBytes, 2 * inputBytes + 8 * deltaBytes);
  const grantBytes = restorationBytes(freeBytes, threads, cacheBytes);
  const ownBytes = core.budget.reservedBytes;
  const plannedPeakBytes = ownBytes + grantBytes;
  context.emit({
    type: "plan",
    plan: {
      limit,
      lines: [
        { tag: "runtime.baseline", bytes: ownBytes, because: "Node and mm before any work" },
        { tag: "sequence.grant", bytes: grantBytes, because: "blocks of deltas, and representatives kept for the next member" },
      ],
      plannedPeakBytes,
      minimumLimitBytes: Math.ceil(limitForBudget(limit, ownBytes + restorationBytes(0, 1, 0)) / MIB) * MIB,
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
      budget: core.budget,
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

async function restoreTo(fd: number, settings: RestoreSettings, job: RestorationJob): Promise<RestoreResult> {
  try {
    if (settings.names.length === 0) return await whole(job);
    const records = await restoreNamed(job, settings.names);
    if (records === 0)
      throw new InputMissingError(`no record is called ${settings.names.join(" or ")}`, { hint: "the first word of its header" });
    return { records, outputBytes: fd === STANDARD_OUTPUT_FD ? 0 : fstatSync(fd).size, sha256: null, identical: null };
  } catch (error) {
    // The reader of a pipe has seen enough.
    const isEnough = fd === STANDARD_OUTPUT_FD && error instanceof IoError && errnoOf(error.cause) === "EPIPE";
    if (isEnough) return { records: 0, outputBytes: 0, sha256: null, identical: null };
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

function sizeOf(path: string): number {
  let fd: number | undefined;
  try {
    fd = openSync(path, "r");
    return fstatSync(fd).size;
  } catch (cause) {
    throw fileError(cause, "read", path);
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
