/** `mm transcode`: plan, admit, run, prove, report. */
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { BudgetExceededError, formatBytes, GIB, MIB, Scope, systemClock, UnsupportedError, UsageError } from "../base/index.ts";
import { checkOutput, InputState, spoolStandardInput, Workspace } from "../io/index.ts";
import {
  type Candidate,
  type Chunk,
  canProvePicture,
  cutChunks,
  type Engine,
  encoderArguments,
  findEngine,
  framesWithin,
  indexMedia,
  type MediaIndex,
  outputFormatOf,
  planCandidates,
  planCarry,
  refuseWhatCannotPass,
  runEngineTool,
  runTranscode,
  type TranscodeOutcome,
  X264_PRESETS,
} from "../media/index.ts";
import { cpuQuota, MemoryCore, type MemoryLimit, readMemoryLimit } from "../memory/index.ts";
import type { CommandContext, MemoryPlan, Report } from "./command.ts";
import { ProgressMeter } from "./progress-meter.ts";
import type { TranscodeResult } from "./result.ts";
import { chooseCandidate, memoryPlan, type PlanFacts } from "./transcode-plan.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

/** Why mm itself holds what it holds when a plan is made. */
const OWN_REASONS: Readonly<Record<string, string>> = {
  "runtime.baseline": "Node and mm before any work, measured",
  "runtime.heap": "growth of the JavaScript heap",
  "media.index": "the input's index",
  "media.demuxer": "the library that reads containers without sample tables",
  "spill.tmpfs": "standard input, spooled to a disk that is memory",
};

/** At least two children at once: source and chunk are decoded side by side in the proof of picture. */
const FEWEST_CHILDREN = 2;
/** What the V8 heap grows by between the start of a job and its end, the index aside (measured: 1 to 3.3 MiB on clips of 2 to 360 s). */
const HEAP_GROWTH_BYTES = 3 * MIB;
/** What loading and using mediabunny takes, beyond that (measured: 3.5 to 4 MiB on Matroska). */
const DEMUXER_BYTES = 4.5 * MIB;
/** Bytes per packet of an index at its peak, while its tables become ticks (measured, 900,000 packets). */
const INDEX_PACKET_BYTES = 26;

/** Looking at the input and the engine takes this much whatever the limit; the job itself is then held to the limit, or refused. */
const PLANNING_BYTES = 128 * MIB;
const DEFAULT_MAX_DISK_BYTES = 1024 * GIB;
const DEFAULT_CRF = { h264: 23, hevc: 28 } as const;

/** @throws MmError of any class; nothing is left behind then but what the user already had */
export async function transcode(settings: TranscodeSettings, context: CommandContext): Promise<Report<TranscodeResult>> {
  const startedMs = systemClock.nowMs();
  const format = outputFormatOf(settings.output);
  if (!settings.dryRun) checkOutput(settings.output, settings.input === "-" ? undefined : settings.input, settings.overwrite);
  await using scope = new Scope();
  const failure = new AbortController();
  const signal = AbortSignal.any([context.signal, failure.signal]);
  const folders = makeFolders(settings, scope);
  const limit = readLimit(settings);
  const core = scope.use(
    MemoryCore.open({
      limit: { ...limit, budgetBytes: Math.max(limit.budgetBytes, PLANNING_BYTES) },
      heapGrowthBytes: HEAP_GROWTH_BYTES,
      spill: { parent: folders.temporary, limitBytes: settings.maxDiskBytes ?? DEFAULT_MAX_DISK_BYTES },
      ...(settings.trackAllocations === undefined ? {} : { trackAllocations: settings.trackAllocations }),
      onFailure: (error) => failure.abort(error),
    }),
  );
  const meter = new ProgressMeter(limit, context.emit);
  scope.use(core.monitor.onSample((sample) => meter.sampled(sample)));
  scope.use(core.ladder.on({ step: "stop", name: "job", act: async () => stopOverLimit(core, limit, failure) }));
  core.monitor.start(settings.monitorIntervalMs);
  try {
    return await planAndRun(settings, { core, limit, signal, scope, context, meter, format }, folders, startedMs);
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

async function planAndRun(
  settings: TranscodeSettings,
  around: Surroundings,
  folders: Folders,
  startedMs: number,
): Promise<Report<TranscodeResult>> {
  const { core, limit, signal, context, meter, format } = around;
  const input = settings.input === "-" ? undefined : new InputState(resolve(settings.input));
  const job = await prepare(settings, around);
  context.emit({ type: "plan", plan: job.plan });
  meter.lanes = job.chosen.lanes;
  core.settle({ limit, plannedPeakBytes: job.plan.plannedPeakBytes });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  const outcome =
    folders.workspace === undefined
      ? undefined
      : await run(settings, { ...job, core, signal, context, meter, format, input }, folders.workspace, folders.temporary);
  core.monitor.sample();
  return {
    schema: "mm.report/1",
    command: "transcode",
    ok: true,
    elapsedMs: Math.round(systemClock.nowMs() - startedMs),
    memory: core.stats(),
    result: resultOf(job, outcome),
  };
}

type Folders = { readonly workspace: Workspace | undefined; readonly temporary: string };

/** The workspace beside the output, and where chunks and spill go. A dry run makes none. */
function makeFolders(settings: TranscodeSettings, scope: Scope): Folders {
  if (settings.dryRun) return { workspace: undefined, temporary: settings.tempDir ?? tmpdir() };
  const workspace = scope.use(new Workspace(settings.output, settings.overwrite));
  return { workspace, temporary: settings.tempDir === undefined ? workspace.directory : workspace.folderIn(settings.tempDir) };
}

function readLimit(settings: TranscodeSettings): MemoryLimit {
  const flag =
    settings.maxMemoryBytes === undefined
      ? {}
      : { flagBytes: settings.maxMemoryBytes, flagSource: settings.maxMemorySource ?? ("flag" as const) };
  return readMemoryLimit({
    ...flag,
    children: Math.max(FEWEST_CHILDREN, settings.lanes),
    engineBinaries: 1,
  });
}

type Surroundings = {
  readonly core: MemoryCore;
  readonly limit: MemoryLimit;
  readonly signal: AbortSignal;
  readonly scope: Scope;
  readonly context: CommandContext;
  readonly meter: ProgressMeter;
  readonly format: ReturnType<typeof outputFormatOf>;
};

type Prepared = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly chosen: Candidate;
  readonly chunks: readonly Chunk[];
  readonly frameCount: number;
  readonly crf: number;
  readonly plan: MemoryPlan;
  readonly carry: ReturnType<typeof planCarry>;
};

/** Looks at the engine and the input, and decides everything that can be decided before the first frame. */
async function prepare(settings: TranscodeSettings, around: Surroundings): Promise<Prepared> {
  const { core, limit, signal, context, format } = around;
  const preset = X264_PRESETS.find((name) => name === settings.preset);
  if (preset === undefined)
    throw new UsageError(`--preset needs one of ${X264_PRESETS.join(", ")}, got "${settings.preset}"`, { hint: "--preset medium" });
  const run = runEngineTool(core.budget, signal);
  const engine = await findEngine({
    ...(settings.ffmpegPath === undefined ? {} : { explicit: settings.ffmpegPath }),
    searchPath: settings.searchPath,
    run,
    ...(settings.cacheDir === undefined ? {} : { cacheDir: settings.cacheDir }),
  });
  if (engine.warning !== undefined) context.emit({ type: "warning", message: engine.warning });
  const index = await readIndex(settings, around, engine, run);
  refuseWhatCannotPass(index);
  const codec = settings.codec ?? "h264";
  refuseFormat(engine, codec, index);
  const carry = planCarry(index, format, engine, settings.audio, settings.subtitles);
  around.meter.frameRate = index.video.frameRate.num / index.video.frameRate.den;
  const frameCount = framesWithin(index, settings.durationSeconds);
  const chunks = cutChunks(index.video, Math.max(1, frameCount));
  const crf = settings.crf ?? DEFAULT_CRF[codec];
  const threads = settings.threads ?? cpuQuota().count;
  const canPark = core.spill.warning === undefined;
  const hasOtherStreams = carry.streams.length > 0;
  const candidates = planCandidates({
    engine,
    index,
    codec,
    preset,
    crf,
    threads,
    chunks,
    hasOtherStreams,
    lanes: settings.lanes,
    canPark,
  });
  const indexBytes = INDEX_PACKET_BYTES * index.video.ticks.length;
  around.scope.use(core.budget.reserve(indexBytes, "media.index"));
  if (index.indexedBy !== "tables") around.scope.use(core.budget.reserve(DEMUXER_BYTES, "media.demuxer"));
  const ownLines = core.budget.byTag().flatMap(({ tag, currentBytes }) => {
    return currentBytes === 0 ? [] : [{ tag, bytes: currentBytes, because: OWN_REASONS[tag] ?? "held by mm itself" }];
  });
  const facts: PlanFacts = { limit, ownLines, engine, index, carry, format, chunkCount: chunks.length, frameCount, crf };
  const chosen = chooseCandidate(candidates, facts, settings.keepSettings);
  return { engine, index, chosen, chunks, frameCount, crf, carry, plan: memoryPlan(chosen, candidates, facts) };
}

async function readIndex(
  settings: TranscodeSettings,
  around: Surroundings,
  engine: Engine,
  run: ReturnType<typeof runEngineTool>,
): Promise<MediaIndex> {
  const { core, scope, signal, meter } = around;
  let path = settings.input;
  if (path === "-") {
    const spooled = scope.use(await spoolStandardInput(core.budget, core.spill, signal, (bytes) => meter.progressed("spool", bytes, 0)));
    await spooled.verify();
    path = spooled.path;
  }
  using input = await core.mapInput(core.budget, "io.window", resolve(path));
  return await indexMedia(input, resolve(path), { engine, run });
}

function refuseFormat(engine: Engine, codec: "h264" | "hevc", { video }: MediaIndex): void {
  const encoder = codec === "h264" ? "libx264" : "libx265";
  const formats = engine.pixelFormats[encoder];
  if (formats === undefined)
    throw new UnsupportedError(`ffmpeg ${engine.version} has no ${encoder}`, {
      hint: "--ffmpeg with another engine",
      details: { engine: engine.path },
    });
  if (formats.includes(video.pixelFormat) && canProvePicture(video)) return;
  throw new UnsupportedError(`${encoder} of ffmpeg ${engine.version} has no ${video.pixelFormat}, the format of the input`, {
    hint: codec === "h264" ? "--codec hevc, or --ffmpeg with another engine" : "--ffmpeg with another engine",
    details: { engine: engine.path },
  });
}

async function run(
  settings: TranscodeSettings,
  job: Prepared & Omit<Surroundings, "limit" | "scope"> & { readonly input: InputState | undefined },
  workspace: Workspace,
  directory: string,
): Promise<TranscodeOutcome> {
  const { context, core, meter } = job;
  const joined = `joined.${job.format.name}`;
  const outcome = await runTranscode({
    ...job,
    run: runEngineTool(core.budget, job.signal, job.chosen.joinBytes, { onFuseBlown: () => core.countFuseBlown() }),
    durationSeconds: settings.durationSeconds,
    directory,
    joinedPath: workspace.path(joined),
    maxDiskBytes: settings.maxDiskBytes,
    verify: settings.verify,
    onProgress: (phase, done, total) => meter.progressed(phase, done, total),
    onDetail: (message) => context.emit({ type: "detail", message }),
    onWarning: (message) => context.emit({ type: "warning", message }),
  });
  job.input?.check();
  await workspace.publish(joined);
  return outcome;
}

function resultOf(job: Prepared, outcome: TranscodeOutcome | undefined): TranscodeResult {
  const { video } = job.index;
  const seconds = ((video.ticks[job.frameCount - 1] ?? 0) - (video.ticks[0] ?? 0)) * (video.timeBase.num / video.timeBase.den);
  return {
    framesIn: job.frameCount,
    framesOut: outcome?.time.framesOut ?? 0,
    chunks: job.chunks.length,
    lanes: job.chosen.lanes,
    route: "fused",
    lowered: job.plan.lowered,
    encoderArgs: encoderArguments({ index: job.index, settings: job.chosen.settings, crf: job.crf }),
    durationSeconds: seconds,
    outputBytes: outcome?.outputBytes ?? 0,
    engine: { path: job.engine.path, version: job.engine.version },
    psnr: outcome !== undefined && Number.isFinite(outcome.picture.psnr) ? outcome.picture.psnr : null,
    ssim: outcome?.picture.ssim ?? 0,
    framesCompared: outcome?.picture.frames ?? 0,
  };
}
