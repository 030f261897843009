/** `--codec copy`: the plan, the run and the result of a transcode that encodes no picture. */
import { copyBytes, OUTPUT_WINDOW_BYTES, pictureSeconds, planCarry, planCopiedPicture, runCopy, runEngineTool } from "../media/index.ts";
import type { MemoryCore } from "../memory/index.ts";
import type { MemoryPlan, MemoryPlanLine } from "./command.ts";
import { claimMemory, planAtBest } from "./job-turn.ts";
import { type Held, overLimit, smallestLimit } from "./over-limit.ts";
import type { TranscodeResult } from "./result.ts";
import { describeInput, describeStreams } from "./transcode-plan.ts";
import { carryRequest, DEMUXER_BYTES, lookAt, ownLines, type Surroundings } from "./transcode-prepare.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

/** @throws MmError of any class */
export async function copyTranscode(settings: TranscodeSettings, around: Surroundings): Promise<TranscodeResult> {
  const { core, limit, signal, scope, context, meter, format, folders } = around;
  const { engine, index, selection } = await lookAt(settings, around);
  const picture = planCopiedPicture(index, format);
  const carry = planCarry(index, selection, format, engine, { ...carryRequest(settings), isRetimed: false });
  for (const message of carry.losses) context.emit({ type: "warning", message });
  meter.frameRate = picture.frameRate.num / picture.frameRate.den;
  const bytes = copyBytes({ engine, index, picture, carry, format });
  const because = "ffmpeg copying the streams or reading the output, with its sample tables";
  const phase = [{ tag: "lane.copy", bytes: bytes + OUTPUT_WINDOW_BYTES, because }];
  // The output's index is read with it as well.
  if (!format.keepsTicks && index.indexedBy === "tables") scope.use(core.budget.reserve(DEMUXER_BYTES, "media.demuxer"));
  const own = ownLines(around, index);
  const ownLinesNow = [...own, ...planningLine(core, [...own, ...phase])];
  const words = [
    { name: "engine", text: `ffmpeg ${engine.version} (${engine.path})` },
    { name: "input", text: describeInput(index) },
    { name: "output", text: `the picture as it is, ${format.name}` },
    { name: "streams", text: describeStreams(carry) },
    { name: "proof", text: "times and streams; a picture that is not encoded is not compared" },
  ];
  const plan = await claimPlan(around, ownLinesNow, phase, words);
  context.emit({ type: "plan", plan });
  core.settle({ limit, plannedPeakBytes: plan.plannedPeakBytes });
  const result = (outcome?: Awaited<ReturnType<typeof runCopy>>): TranscodeResult => ({
    framesIn: picture.ticks.length,
    framesOut: outcome?.time.framesOut ?? 0,
    chunks: 0,
    resumedChunks: 0,
    lanes: 1,
    lanesPlanned: 1,
    memoryEstimated: false,
    route: "copy",
    lowered: [],
    encoderArgs: ["-c:v", "copy"],
    durationSeconds: pictureSeconds(picture),
    outputBytes: outcome?.outputBytes ?? 0,
    engine: { path: engine.path, version: engine.version },
    psnr: null,
    ssim: null,
    framesCompared: 0,
  });
  if (core.spill.warning !== undefined) context.emit({ type: "warning", message: core.spill.warning });
  if (folders.workspace === undefined) return result();
  // A file on a memory file system is memory; the output is about as large as the input.
  if (core.spill.warning !== undefined) scope.use(core.budget.reserve(index.byteLength, "output.tmpfs"));
  const name = `copied.${format.name}`;
  const outcome = await runCopy({
    ...{ engine, index, picture, carry, format, bytes, core, signal },
    run: runEngineTool(core.budget, signal, bytes, { onFuseBlown: () => core.countFuseBlown() }),
    directory: folders.temporary,
    outputPath: folders.workspace.path(name),
    maxDiskBytes: settings.maxDiskBytes,
    onProgress: (done, total) => meter.progressed("join", done, total),
  });
  around.input?.check();
  await folders.workspace.publish(name);
  return result(outcome);
}

/** Copying takes so little that asking a new engine what it can do, with some probes at once, may have taken more. */
function planningLine(core: MemoryCore, lines: readonly MemoryPlanLine[]): MemoryPlanLine[] {
  core.monitor.sample();
  const bytes = core.stats().peakBytes - lines.reduce((sum, line) => sum + line.bytes, 0);
  return bytes > 0 ? [{ tag: "lane.tool", bytes, because: "more than that for looking at engine and input, before this plan" }] : [];
}

/** The plan, and the memory for it, however long that takes. @throws as planOf */
async function claimPlan(
  around: Surroundings,
  ownLines: readonly MemoryPlanLine[],
  phase: readonly MemoryPlanLine[],
  words: MemoryPlan["facts"],
): Promise<MemoryPlan> {
  for (;;) {
    const plan = planAtBest(around, (limit) => planOf({ limit, ownLines }, phase, words));
    const wanted = plan.plannedPeakBytes;
    if ((await claimMemory(around, (free) => (free >= wanted ? wanted : undefined))) !== undefined) return plan;
  }
}

/** @throws BudgetExceededError naming the smallest limit that works */
function planOf(facts: Held, phase: readonly MemoryPlanLine[], words: MemoryPlan["facts"]): MemoryPlan {
  const lines = [...facts.ownLines, ...phase];
  const plannedPeakBytes = lines.reduce((sum, line) => sum + line.bytes, 0);
  if (plannedPeakBytes > facts.limit.budgetBytes) throw overLimit(facts, phase, "to copy the streams", "");
  const minimumLimitBytes = smallestLimit(phase, facts);
  return {
    limit: facts.limit,
    lines,
    plannedPeakBytes,
    memoryEstimated: false,
    minimumLimitBytes,
    lowered: [],
    savedBytes: 0,
    facts: words,
  };
}
