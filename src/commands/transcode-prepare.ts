/** Looks at the engine and the input of a transcode, and decides everything that can be decided before the first frame. */
import { resolve } from "node:path";
import { MalformedInputError, MIB, type Scope, UnsupportedError, UsageError } from "../base/index.ts";
import { type InputState, spoolStandardInput, type Workspace } from "../io/index.ts";
import {
  type Candidate,
  type CarryRequest,
  type Chunk,
  candidateOf,
  chooseEncoder,
  cutChunks,
  type EncoderChoice,
  type EncoderOptions,
  type Engine,
  filteredFrames,
  findEngine,
  fitPicture,
  indexMedia,
  keepPicture,
  likelyVideoIndex,
  MAPPED_FRAME_BYTES,
  type MediaIndex,
  type OutputFormat,
  outputCodecOf,
  type Picture,
  parseEncoderOptions,
  parseFilterChain,
  planCandidates,
  planCarry,
  planPicture,
  type Rate,
  readStoredPlan,
  refuseDecoding,
  runEngineTool,
  type Selection,
  type StoredPlan,
  selectStreams,
  videoIndexOf,
  X264_PRESETS,
} from "../media/index.ts";
import { cpuQuota } from "../memory/index.ts";
import type { CommandContext, MemoryPlan } from "./command.ts";
import type { JobCore } from "./job-core.ts";
import { claimMemory, planAtBest, takeTurn } from "./job-turn.ts";
import { heldLines, sumOf } from "./over-limit.ts";
import { chooseCandidate, memoryPlan, type PlanFacts, withFewerLanes } from "./transcode-plan.ts";
import { isConstantQuality, rateOf, refuseVariableRate } from "./transcode-rate.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

/** Why mm itself holds what it holds when a plan is made. */
const OWN_REASONS: Readonly<Record<string, string>> = {
  "runtime.baseline": "Node and mm before any work, measured",
  "runtime.heap": "growth of the JavaScript heap",
  "media.index": "the input's index",
  "media.demuxer": "the library that reads containers without sample tables",
  "spill.tmpfs": "standard input, spooled to a disk that is memory",
};

/** Looking at the input and the engine takes this much whatever the limit; the job itself is then held to the limit, or refused. */
export const PLANNING_BYTES = 128 * MIB;
/** What loading and using mediabunny takes, beyond the growth of the heap (measured: 3.5 to 4 MiB on Matroska). */
export const DEMUXER_BYTES = 4.5 * MIB;
/** Bytes per packet of an index at its peak, while its tables become ticks (measured, 900,000 packets). */
const INDEX_PACKET_BYTES = 26;

/** Where half-finished things are; a dry run has no workspace. */
export type Folders = { readonly workspace: Workspace | undefined; readonly temporary: string };

/** What a transcode works with from its start. */
export type Surroundings = JobCore & {
  readonly scope: Scope;
  readonly context: CommandContext;
  readonly format: OutputFormat;
  readonly folders: Folders;
  /** What the input was before it was read; undefined for standard input. */
  readonly input: InputState | undefined;
};

/** Of a picture that is encoded. */
export type EncodeSettings = TranscodeSettings & { readonly codec: Exclude<TranscodeSettings["codec"], "copy"> };

export type Prepared = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly chosen: Candidate;
  readonly chunks: readonly Chunk[];
  readonly rate: Rate;
  readonly options: EncoderOptions;
  readonly plan: MemoryPlan;
  readonly carry: ReturnType<typeof planCarry>;
  /** Cores the encoder may use. */
  readonly cpus: number;
  /** What --resume found. */
  readonly stored: StoredPlan;
};

/** Finds the engine and reads the input. @throws MmError of any class */
export async function lookAt(
  settings: TranscodeSettings,
  around: Surroundings,
): Promise<{
  readonly engine: Engine;
  readonly run: ReturnType<typeof runEngineTool>;
  readonly index: MediaIndex;
  readonly selection: Selection;
}> {
  const run = runEngineTool(around.core.budget, around.signal);
  // Others cannot plan until it has ended, and nobody knows how long a pipe takes.
  const isPipe = settings.input === "-";
  if (!isPipe) await takeTurn(around, PLANNING_BYTES);
  const engine = await findEngine({
    ...(settings.ffmpegPath === undefined ? {} : { explicit: settings.ffmpegPath }),
    searchPath: settings.searchPath,
    run,
    ...(settings.cacheDir === undefined ? {} : { cacheDir: settings.cacheDir }),
  });
  if (engine.warning !== undefined) around.context.emit({ type: "warning", message: engine.warning });
  const path = isPipe ? await spool(around) : resolve(settings.input);
  if (isPipe) await takeTurn(around, PLANNING_BYTES);
  return { engine, run, ...(await readIndex(path, settings, around, engine, run)) };
}

/** @throws MmError of any class */
export async function prepare(settings: EncodeSettings, around: Surroundings): Promise<Prepared> {
  const { core, context, format } = around;
  const preset = X264_PRESETS.find((name) => name === (settings.preset ?? "medium"));
  if (preset === undefined)
    throw new UsageError(`--preset needs one of ${X264_PRESETS.join(", ")}, got "${settings.preset}"`, { hint: "--preset medium" });
  // Said before anything is read.
  const codec = settings.encoder === undefined ? outputCodecOf(format, settings.codec) : settings.codec;
  const { engine: found, run, index, selection } = await lookAt(settings, around);
  refuseManyPictures(index.video, settings.memory.maxDpbFrames);
  refuseDecoding(found, index.video);
  const choice = await chooseEncoder(found, run, { codec, encoder: settings.encoder }, format);
  const engine = withFormats(found, choice);
  const { encoder } = choice;
  const { filters, dropped } = settings;
  const filtered = filters === undefined ? undefined : await filteredFrames(index, parseFilterChain(filters), engine, run, dropped);
  const picture = fitPicture(engine, encoder, planPicture(index, { ...settings, filtered }));
  for (const message of await keepPicture({ engine, run, encoder, index, picture, format })) context.emit({ type: "warning", message });
  const carry = planCarry(index, selection, format, engine, {
    ...carryRequest(settings),
    isRetimed: picture.startSeconds > 0 || picture.frameMap !== undefined,
  });
  for (const message of carry.losses) context.emit({ type: "warning", message });
  around.meter.frameRate = picture.frameRate.num / picture.frameRate.den;
  const rate = rateOf(settings, choice);
  refuseVariableRate(rate, choice, picture, index);
  const options = parseEncoderOptions(encoder, settings.encoderWords);
  const isCuttable = picture.isCuttable && isConstantQuality(rate, choice) && options.isCuttable;
  const chunks = cutChunks(index.video, { ...picture, isCuttable, canSeek: index.canSeek });
  const threads = settings.threads ?? cpuQuota().count;
  const candidates = planCandidates({
    engine,
    index,
    picture,
    choice,
    preset,
    rate,
    options,
    threads,
    chunks,
    carry,
    format,
    lanes: settings.lanes,
    canPark: settings.memory.spillsToDisk && core.spill.warning === undefined,
  });
  // Ticks and frame map of another rate, which are not the index's own.
  if (picture.frameMap !== undefined) around.scope.use(core.budget.reserve(MAPPED_FRAME_BYTES * picture.ticks.length, "media.index"));
  const fixed: Omit<PlanFacts, "limit"> = {
    ownLines: ownLines(around, index),
    engine,
    index,
    picture,
    carry,
    format,
    chunkCount: chunks.length,
    rate,
  };
  const { workspace, temporary } = around.folders;
  const stored = settings.resume && workspace !== undefined ? await readStoredPlan(temporary, chunks.length) : undefined;
  const earlier = await candidateOf(stored, candidates, { engine, index, picture, rate, options, chunks });
  const offered = earlier === undefined ? candidates : [earlier, ...candidates];
  const { chosen, facts } = await claimCandidate(around, offered, fixed, settings.keepSettings);
  return {
    engine,
    index,
    picture,
    chosen,
    chunks,
    rate,
    options,
    cpus: threads,
    stored,
    carry,
    plan: memoryPlan(chosen, candidates, facts),
  };
}

/**
 * The candidate for what the job could have at best, and its memory, however long that takes; where the same settings with fewer lanes are to
 * be had at once, those.
 */
async function claimCandidate(
  around: Surroundings,
  offered: readonly Candidate[],
  fixed: Omit<PlanFacts, "limit">,
  keepSettings: boolean,
): Promise<{ readonly chosen: Candidate; readonly facts: PlanFacts }> {
  const ownBytes = sumOf(fixed.ownLines);
  for (;;) {
    const { facts, best } = planAtBest(around, (limit) => {
      const facts = { ...fixed, limit };
      return { facts, best: chooseCandidate(offered, facts, keepSettings) };
    });
    const alike = withFewerLanes(best, offered);
    const fitting = (bytes: number) => alike.find(({ peakBytes }) => ownBytes + peakBytes <= bytes);
    const bytes = await claimMemory(around, (free) => {
      const candidate = fitting(free);
      return candidate === undefined ? undefined : ownBytes + candidate.peakBytes;
    });
    const chosen = bytes === undefined ? undefined : fitting(bytes);
    if (chosen !== undefined) return { chosen, facts };
  }
}

/** What is asked of everything beside the picture. */
export function carryRequest({ audio, audioBitsPerSecond, subtitles }: TranscodeSettings): Omit<CarryRequest, "isRetimed"> {
  return {
    audio: audio === "none" ? undefined : audio,
    audioBitsPerSecond,
    keepsSound: audio !== "none",
    keepsSubtitles: subtitles !== "none",
  };
}

/** What the engine said of an encoder that it is not asked about each time. */
function withFormats(engine: Engine, { encoder, other }: EncoderChoice): Engine {
  return other === undefined ? engine : { ...engine, pixelFormats: { ...engine.pixelFormats, [encoder]: other.pixelFormats } };
}

/** @throws UnsupportedError for a stream whose decoder holds more pictures than are allowed */
function refuseManyPictures({ codec, dpbFrames }: MediaIndex["video"], mostFrames: number): void {
  if (dpbFrames <= mostFrames) return;
  throw new UnsupportedError(`the ${codec} stream needs ${dpbFrames} decoded pictures at once, and max_dpb_frames allows ${mostFrames}`, {
    hint: `max_dpb_frames = ${dpbFrames} under [memory]`,
  });
}

/** What mm itself holds from here on, a line per owner. */
export function ownLines({ core, scope }: Surroundings, index: MediaIndex): PlanFacts["ownLines"] {
  scope.use(core.budget.reserve(INDEX_PACKET_BYTES * index.video.ticks.length, "media.index"));
  if (index.indexedBy !== "tables") scope.use(core.budget.reserve(DEMUXER_BYTES, "media.demuxer"));
  return heldLines(core.budget, OWN_REASONS);
}

/** Where there is no such video, or it cannot be read, what the file is at first sight says more. */
function otherwise(look: () => Promise<MediaIndex>): (error: unknown) => Promise<MediaIndex> {
  return (error) => {
    if (error instanceof UsageError || error instanceof MalformedInputError) return look();
    throw error;
  };
}

async function spool({ core, scope, signal, meter }: Surroundings): Promise<string> {
  const spooled = scope.use(await spoolStandardInput(core.budget, core.spill, signal, (bytes) => meter.progressed("spool", bytes, 0)));
  if (spooled.byteLength === 0) throw new MalformedInputError("standard input is empty", { hint: "pipe a video in, or name a file" });
  await spooled.verify();
  return spooled.path;
}

async function readIndex(
  path: string,
  settings: TranscodeSettings,
  { core }: Surroundings,
  engine: Engine,
  run: ReturnType<typeof runEngineTool>,
): Promise<{ readonly index: MediaIndex; readonly selection: Selection }> {
  using input = await core.mapInput(core.budget, "io.window", resolve(path));
  const indexOf = (videoIndex?: number) =>
    indexMedia(input, resolve(path), { engine, run, ...(videoIndex === undefined ? {} : { videoIndex }) });
  const likely = likelyVideoIndex(settings.streams) ?? 0;
  const first = likely === 0 ? await indexOf() : await indexOf(likely).catch(otherwise(() => indexOf()));
  const selection = selectStreams(first, settings.streams);
  if (selection.video === first.video.streamIndex) return { index: first, selection };
  return { index: await indexOf(videoIndexOf(first, selection.video)), selection };
}
