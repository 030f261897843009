/** `mm transcode`: plan, admit, run, prove, report. */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { Scope, systemClock } from "../base/index.ts";
import { checkOutput, InputState, Workspace } from "../io/index.ts";
import {
  type Checkpoint,
  encoderArguments,
  FEWEST_CHILDREN,
  outputFormatOf,
  pictureSeconds,
  runEngineTool,
  runTranscode,
  type TranscodeOutcome,
} from "../media/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { openJobCore, reportOf, withStats } from "./job-core.ts";
import type { TranscodeResult } from "./result.ts";
import { announceResume, announceStart, isOnRecord, keepNothing, startCheckpoint, withKept } from "./transcode-checkpoint.ts";
import { copyTranscode } from "./transcode-copy.ts";
import { type Folders, PLANNING_BYTES, type Prepared, prepare, type Surroundings } from "./transcode-prepare.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

/** @throws MmError of any class; nothing is left behind then but what the user already had */
export async function transcode(settings: TranscodeSettings, context: CommandContext): Promise<Report<TranscodeResult>> {
  const startedMs = systemClock.nowMs();
  const format = outputFormatOf(settings.output, settings.format);
  if (!settings.dryRun) checkOutput(settings.output, settings.input === "-" ? undefined : settings.input, settings.overwrite);
  await using scope = new Scope();
  const folders = makeFolders(settings, scope);
  const kind = {
    command: "transcode",
    temporary: folders.temporary,
    children: FEWEST_CHILDREN,
    engineBinaries: 1,
    planningBytes: PLANNING_BYTES,
    remedy: "a larger --max-memory or a faster --preset",
  };
  const job = await openJobCore(settings, kind, context, scope);
  const input = settings.input === "-" ? undefined : new InputState(resolve(settings.input));
  const around = { ...job, scope, context, format, folders, input };
  return await withStats(job.core, context, () => planAndRun(settings, around, startedMs));
}

async function planAndRun(settings: TranscodeSettings, around: Surroundings, startedMs: number): Promise<Report<TranscodeResult>> {
  const { core, share, context, meter, folders } = around;
  const { codec } = settings;
  if (codec === "copy") return reportOf("transcode", core, await copyTranscode(settings, around), startedMs);
  const job = await prepare({ ...settings, codec }, around);
  context.emit({ type: "plan", plan: job.plan });
  meter.lanes = job.chosen.lanes;
  core.settle({ limit: share.limit, plannedPeakBytes: job.plan.plannedPeakBytes });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  const outcome =
    folders.workspace === undefined ? undefined : await run(settings, { ...job, ...around }, folders.workspace, folders.temporary);
  return reportOf("transcode", core, resultOf(job, meter.lanes, outcome), startedMs);
}

/** The workspace beside the output, and where chunks and spill go. A dry run makes none. */
function makeFolders(settings: TranscodeSettings, scope: Scope): Folders {
  if (settings.dryRun) return { workspace: undefined, temporary: settings.tempDir ?? tmpdir() };
  const workspace = scope.use(new Workspace(settings.output, settings.overwrite, settings.resume));
  return { workspace, temporary: workspace.temporaryFolder(settings.tempDir) };
}

async function run(
  settings: TranscodeSettings,
  job: Prepared & Surroundings,
  workspace: Workspace,
  directory: string,
): Promise<TranscodeOutcome> {
  if (settings.input === "-") return await runToOutput(settings, job, workspace, directory, undefined);
  if (!isOnRecord(job)) {
    if (settings.resume) announceStart(job.stored, settings.output, job.context);
    keepNothing(workspace);
    return await runToOutput(settings, job, workspace, directory, undefined);
  }
  const checkpoint = await startCheckpoint({ ...job, directory }, job.stored, workspace);
  if (settings.resume) announceResume(checkpoint, job.stored, settings.output, job.chunks.length, job.context);
  try {
    return await runToOutput(settings, job, workspace, directory, checkpoint);
  } catch (error) {
    throw withKept(error, checkpoint, job.chunks.length);
  }
}

async function runToOutput(
  settings: TranscodeSettings,
  job: Prepared & Surroundings,
  workspace: Workspace,
  directory: string,
  checkpoint: Checkpoint | undefined,
): Promise<TranscodeOutcome> {
  const { context, core, meter } = job;
  const joined = `joined.${job.format.name}`;
  const outcome = await runTranscode({
    ...job,
    run: runEngineTool(core.budget, job.signal, job.chosen.joinBytes, { onFuseBlown: () => core.countFuseBlown() }),
    directory,
    checkpoint,
    joinedPath: workspace.path(joined),
    maxDiskBytes: settings.maxDiskBytes,
    verify: settings.verify,
    onProgress: (phase, done, total) => meter.progressed(phase, done, total),
    onLanes: (lanes, peakBytes) => {
      meter.lanes = lanes;
      core.revisePlan(peakBytes);
    },
    onDetail: (message) => context.emit({ type: "detail", message }),
    onWarning: (message) => context.emit({ type: "warning", message }),
  });
  job.input?.check();
  await workspace.publish(joined);
  return outcome;
}

function resultOf(job: Prepared, lanes: number, outcome: TranscodeOutcome | undefined): TranscodeResult {
  const { picture, rate, options, chosen } = job;
  return {
    framesIn: picture.ticks.length,
    framesOut: outcome?.time.framesOut ?? 0,
    chunks: job.chunks.length,
    resumedChunks: outcome?.resumedChunks ?? 0,
    lanes,
    lanesPlanned: chosen.lanes,
    memoryEstimated: chosen.lane.isEstimated,
    route: "fused",
    lowered: job.plan.lowered,
    encoderArgs: encoderArguments({ picture, settings: chosen.settings, rate, options }),
    durationSeconds: pictureSeconds(picture),
    outputBytes: outcome?.outputBytes ?? 0,
    engine: { path: job.engine.path, version: job.engine.version },
    psnr: outcome !== undefined && Number.isFinite(outcome.picture.psnr) ? outcome.picture.psnr : null,
    ssim: outcome?.picture.ssim ?? 0,
    framesCompared: outcome?.picture.frames ?? 0,
  };
}
