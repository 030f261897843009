/** `mm restore`: every byte of the reduced database again, or the records that are named. */
import { closeSync, existsSync, fstatSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { formatBytes, InputMissingError, IoError, Scope, shellQuoted, systemClock } from "../base/index.ts";
import { checkOutput, Workspace } from "../io/index.ts";
import { cpuQuota } from "../memory/index.ts";
import { fewestRestorationBytes, type RestorationJob, restorationBytes, restoreAll, restoreNamed } from "../sequence/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { type JobCore, NO_CHILDREN, openJobCore, reportOf, withStats } from "./job-core.ts";
import type { RestoreSettings } from "./reduce-settings.ts";
import type { RestoreResult } from "./result.ts";
import { planStage } from "./stage-plan.ts";
import { fileSize, isReaderGone, STANDARD_OUTPUT_FD } from "./streams.ts";

const RESTORED = "restored";
const OWN_REASONS = { "runtime.baseline": "Node and mm before any work", "runtime.heap": "growth of the JavaScript heap" };

/** @throws MmError of any class; nothing is left behind then */
export async function restore(settings: RestoreSettings, context: CommandContext): Promise<Report<RestoreResult>> {
  const startedMs = systemClock.nowMs();
  const isFile = settings.output !== "-";
  checkInputs(settings);
  if (isFile) for (const path of [settings.input, settings.deltas]) checkOutput(settings.output, path, settings.overwrite);
  await using scope = new Scope();
  const workspace = isFile && !settings.dryRun ? scope.use(new Workspace(settings.output, settings.overwrite)) : undefined;
  const job = await openJobCore(
    settings,
    { ...NO_CHILDREN, command: "restore", temporary: workspace?.directory ?? tmpdir() },
    context,
    scope,
  );
  return await withStats(job.core, context, async () =>
    reportOf("restore", job.core, await planAndRun(settings, job, context, workspace), startedMs),
  );
}

/** Representatives alone restore nothing, and are what people have at hand. @throws InputMissingError */
function checkInputs({ input, deltas }: RestoreSettings): void {
  fileSize(input);
  if (existsSync(deltas)) return;
  const hint = input.endsWith(".mmd")
    ? `-i ${shellQuoted(input.slice(0, -".mmd".length))}`
    : "--deltas <the .mmd that mm reduce wrote with it>";
  throw new InputMissingError(`${deltas} does not exist`, { hint });
}

async function planAndRun(
  settings: RestoreSettings,
  job: JobCore,
  context: CommandContext,
  workspace: Workspace | undefined,
): Promise<RestoreResult> {
  const { meter, signal } = job;
  const inputBytes = fileSize(settings.input);
  const deltaBytes = fileSize(settings.deltas);
  const threads = settings.threads ?? cpuQuota().count;
  const cacheBytes = Math.min(settings.memory.cacheBytes, 2 * inputBytes + 8 * deltaBytes);
  const text = `${settings.input} ${formatBytes(inputBytes)}, ${settings.deltas} ${formatBytes(deltaBytes)}`;
  const planned = await planStage(job, context, {
    ownReasons: OWN_REASONS,
    because: "blocks of deltas, and representatives kept for the next member",
    fewestBytes: fewestRestorationBytes(),
    grantBytes: (freeBytes) => restorationBytes(freeBytes, threads, cacheBytes),
    facts: [{ name: "input", text }],
  });
  if (settings.dryRun) return { records: 0, outputBytes: 0, sha256: null, identical: null };
  const fd = workspace === undefined ? STANDARD_OUTPUT_FD : openSync(workspace.path(RESTORED), "w", 0o666);
  try {
    const result = await restoreTo(fd, settings, context, {
      representativesPath: settings.input,
      deltasPath: settings.deltas,
      output: fd,
      threads,
      ...planned,
      signal,
      onProgress: (done, total) => meter.progressed("restore", done, total),
    });
    await workspace?.publish(RESTORED);
    return result;
  } finally {
    if (workspace !== undefined) closeSync(fd);
  }
}

async function restoreTo(fd: number, settings: RestoreSettings, context: CommandContext, job: RestorationJob): Promise<RestoreResult> {
  try {
    if (settings.names.length === 0) return await whole(job);
    const records = await restoreNamed(job, settings.names);
    if (records === 0)
      throw new InputMissingError(`no record is called ${settings.names.join(" or ")}`, {
        hint: "the first word of a header, all of it: --id 'sp|P12345|ABC_HUMAN'",
      });
    const names = new Set(settings.names).size;
    if (records < names) {
      const found = `${records} ${records === 1 ? "record" : "records"} for ${names} names`;
      context.emit({ type: "warning", message: `${found}: not every name has one` });
    }
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
