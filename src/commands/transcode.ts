/** `mm transcode`: plan, admit, run, prove, report. */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { BudgetExceededError, formatBytes, GIB, MIB, Scope, systemClock } from "../base/index.ts";
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
import { MemoryCore, type MemoryLimit, readMemoryLimit } from "../memory/index.ts";
import type { CommandContext, Report } from "./command.ts";
import { announceClamp } from "./limit-clamp.ts";
import { ProgressMeter } from "./progress-meter.ts";
import type { TranscodeResult } from "./result.ts";
import { announceResume, announceStart, isOnRecord, keepNothing, startCheckpoint, withKept } from "./transcode-checkpoint.ts";
import { copyTranscode } from "./transcode-copy.ts";
import { type Folders, type Prepared, prepare, type Surroundings } from "./transcode-prepare.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

/** What the V8 heap grows by between the start of a job and its end, the index aside (measured: 1 to 3.3 MiB on clips of 2 to 360 s). */
const HEAP_GROWTH_BYTES = 3 * MIB;
/** Looking at the input and the engine takes this much whatever the limit; the job itself is then held to the limit, or refused. */
const PLANNING_BYTES = 128 * MIB;
const DEFAULT_MAX_DISK_BYTES = 1024 * GIB;

/** @throws MmError of any class; nothing is left behind then but what the user already had */
export async function transcode(settings: TranscodeSettings, context: CommandContext): Promise<Report<TranscodeResult>> {
  const startedMs = systemClock.nowMs();
  const format = outputFormatOf(settings.output, settings.format);
  if (!settings.dryRun) checkOutput(settings.output, settings.input === "-" ? undefined : settings.input, settings.overwrite);
  await using scope = new Scope();
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const folders = makeFolders(settings, scope);
  const limit = readLimit(settings);
  announceClamp(settings, limit, context);
  const core = scope.use(
    MemoryCore.open({
      limit: { ...limit, budgetBytes: Math.max(limit.budgetBytes, PLANNING_BYTES) },
      heapGrowthBytes: HEAP_GROWTH_BYTES,
      spill: { parent: folders.temporary, limitBytes: settings.maxDiskBytes ?? DEFAULT_MAX_DISK_BYTES },
      settings: settings.memory.core,
      ...(settings.trackAllocations === undefined ? {} : { trackAllocations: settings.trackAllocations }),
      onFailure: (error) => failure.abort(error),
    }),
  );
  const meter = new ProgressMeter(limit, context.emit);
  scope.use(core.monitor.onSample((sample) => meter.sampled(sample)));
  scope.use(core.ladder.on({ step: "stop", name: "job", act: async () => stopOverLimit(core, limit, failure) }));
  core.monitor.start(settings.monitorIntervalMs);
  const input = settings.input === "-" ? undefined : new InputState(resolve(settings.input));
  try {
    return await planAndRun(settings, { core, limit, signal, scope, context, meter, format, folders, input }, startedMs);
  } catch (error) {
    core.monitor.sample();
    context.emit({ type: "stats", memory: core.stats() });
    throw error;
  }
}

/** The last rung: a tree that is above the limit itself, plan or no plan, is ended before anything else of the machine suffers. */
function stopOverLimit(core: MemoryCore, limit: MemoryLimit, failure: AbortController): number {
  const { treeBytes, childrenBytes } = core.monitor.sample();
  if (treeBytes <= limit.limitBytes) return 0;
  failure.abort(
    new BudgetExceededError("over the memory limit", {
      details: {
        measured: formatBytes(treeBytes),
        limit: formatBytes(limit.limitBytes),
        planned: formatBytes(core.stats().plannedPeakBytes),
      },
      hint: "a larger --max-memory or a faster --preset, and please report the report of --report",
    }),
  );
  return childrenBytes;
}

async function planAndRun(settings: TranscodeSettings, around: Surroundings, startedMs: number): Promise<Report<TranscodeResult>> {
  const { core, limit, context, meter, folders } = around;
  const { codec } = settings;
  if (codec === "copy") return reportOf(core, await copyTranscode(settings, around), startedMs);
  const job = await prepare({ ...settings, codec }, around);
  context.emit({ type: "plan", plan: job.plan });
  meter.lanes = job.chosen.lanes;
  core.settle({ limit, plannedPeakBytes: job.plan.plannedPeakBytes });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  const outcome =
    folders.workspace === undefined ? undefined : await run(settings, { ...job, ...around }, folders.workspace, folders.temporary);
  return reportOf(core, resultOf(job, meter.lanes, outcome), startedMs);
}

function reportOf(core: MemoryCore, result: TranscodeResult, startedMs: number): Report<TranscodeResult> {
  core.monitor.sample();
  return {
    schema: "mm.report/1",
    command: "transcode",
    ok: true,
    elapsedMs: Math.round(systemClock.nowMs() - startedMs),
    memory: core.stats(),
    result,
  };
}

/** The workspace beside the output, and where chunks and spill go. A dry run makes none. */
function makeFolders(settings: TranscodeSettings, scope: Scope): Folders {
  if (settings.dryRun) return { workspace: undefined, temporary: settings.tempDir ?? tmpdir() };
  const workspace = scope.use(new Workspace(settings.output, settings.overwrite, settings.resume));
  return { workspace, temporary: workspace.temporaryFolder(settings.tempDir) };
}

function readLimit(settings: TranscodeSettings): MemoryLimit {
  const flag =
    settings.maxMemoryBytes === undefined
      ? {}
      : { flagBytes: settings.maxMemoryBytes, flagSource: settings.maxMemorySource ?? ("flag" as const) };
  return readMemoryLimit({
    ...flag,
    children: FEWEST_CHILDREN,
    engineBinaries: 1,
  });
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
