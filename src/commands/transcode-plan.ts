/** From candidates to the one that fits, as a plan that can be printed; or the refusal that names the smallest limit that works. */
import { BudgetExceededError } from "../base/index.ts";
import {
  type Candidate,
  type Carry,
  describeProof,
  describeSettings,
  type Engine,
  type MediaIndex,
  type OutputFormat,
  type Picture,
  type Rate,
} from "../media/index.ts";
import type { MemoryPlan, MemoryPlanLine } from "./command.ts";
import { type Held, overLimit, smallestLimit, sumOf } from "./over-limit.ts";

export type PlanFacts = Held & {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly carry: Carry;
  readonly format: OutputFormat;
  readonly chunkCount: number;
  readonly picture: Picture;
  readonly rate: Rate;
};

/**
 * The first candidate whose peak fits the budget.
 *
 * @param keepSettings - refuse rather than lower anything
 * @throws BudgetExceededError naming the smallest limit that works
 */
export function chooseCandidate(candidates: readonly Candidate[], facts: PlanFacts, keepSettings: boolean): Candidate {
  const ownBytes = sumOf(facts.ownLines);
  const offered = keepSettings ? candidates.filter((candidate) => candidate.lowered.length === 0) : candidates;
  const fitting = offered.find((candidate) => ownBytes + candidate.peakBytes <= facts.limit.budgetBytes);
  if (fitting !== undefined) return fitting;
  const smallest = smallestOf(offered);
  if (smallest === undefined) throw new BudgetExceededError("no settings to choose from");
  throw tooSmall(candidates, smallest, facts, keepSettings);
}

/** The candidate itself, then those that differ from it by fewer lanes alone, which changes no packet. */
export function withFewerLanes(chosen: Candidate, candidates: readonly Candidate[]): readonly Candidate[] {
  const isAlike = ({ lanes, lowered, decoderThreads }: Candidate) =>
    lanes < chosen.lanes && lowered.length === 0 && decoderThreads === chosen.decoderThreads;
  return [chosen, ...(chosen.lowered.length === 0 ? candidates.filter(isAlike) : [])];
}

export function memoryPlan(chosen: Candidate, candidates: readonly Candidate[], facts: PlanFacts): MemoryPlan {
  const lines = [...facts.ownLines, ...largestPhase(chosen)];
  const { engine, index, picture, carry } = facts;
  const { video } = index;
  const smallest = smallestOf(candidates) ?? chosen;
  return {
    limit: facts.limit,
    lines,
    plannedPeakBytes: sumOf(lines),
    memoryEstimated: chosen.lane.isEstimated,
    minimumLimitBytes: smallestLimit(largestPhase(smallest), facts),
    lowered: chosen.lowered,
    savedBytes: chosen.savedBytes,
    facts: [
      { name: "engine", text: `ffmpeg ${engine.version} (${engine.path})` },
      { name: "input", text: describeInput(index) },
      { name: "output", text: `${describePicture(picture, video)}${describeSettings(chosen.settings, facts.rate)}, ${facts.format.name}` },
      { name: "streams", text: describeStreams(carry) },
      { name: "chunks", text: `${facts.chunkCount}, ${chosen.lanes === 1 ? "one" : chosen.lanes} at a time` },
      { name: "proof", text: describeProof(chosen.proof) },
    ],
  };
}

export function describeInput({ video, container }: MediaIndex): string {
  return `${video.codec} ${video.width}x${video.height} ${video.pixelFormat}, ${video.ticks.length} frames, ${container}`;
}

/** What differs from the input. */
function describePicture(picture: Picture, video: MediaIndex["video"]): string {
  const { width, height, pixelFormat, frameMap, frameRate, ticks } = picture;
  const parts = [
    ...(width === video.width && height === video.height ? [] : [`${width}x${height}`]),
    ...(pixelFormat === video.pixelFormat ? [] : [pixelFormat]),
    ...(frameMap === undefined ? [] : [`${Math.round((1000 * frameRate.num) / frameRate.den) / 1000} frames/s`]),
    ...(ticks.length === video.ticks.length ? [] : [`${ticks.length} frames`]),
  ];
  return parts.map((part) => `${part}, `).join("");
}

export function describeStreams({ streams, chapters }: Carry): string {
  const parts = streams.map((stream) => `${stream.kind} ${stream.codec}`);
  const counted = [...new Set(parts)].map((part) => ({ part, count: parts.filter((other) => other === part).length }));
  const words = counted.map(({ part, count }) => (count === 1 ? part : `${count} x ${part}`));
  if (chapters.length > 0) words.push(`${chapters.length} chapters`);
  return words.length === 0 ? "picture only" : words.join(", ");
}

/** The phase that decides the peak; the others run before or after it. */
function largestPhase({ lanes, lane, proof, indexOutputBytes, peakBytes }: Candidate): readonly MemoryPlanLine[] {
  if (Math.max(proof.totalBytes, indexOutputBytes) < peakBytes) {
    const times = lanes === 1 ? "" : `${lanes} lanes, each `;
    const lines = lane.lines.map((line) => ({ ...line, bytes: lanes * line.bytes, because: times + line.because }));
    const kernelBytes = peakBytes - lanes * lane.totalBytes;
    return [...lines, { tag: "lane.kernel", bytes: kernelBytes, because: "kernel memory of lanes beyond two" }].filter(
      ({ bytes }) => bytes > 0,
    );
  }
  if (proof.totalBytes === peakBytes) {
    return [
      { tag: "media.frame", bytes: proof.poolBytes, because: `${proof.slotCount} frames of the proof of picture` },
      {
        tag: "media.decoder",
        bytes: proof.totalBytes - proof.poolBytes,
        because: proof.mode === "parked" ? "one decoder at a time" : "two decoders",
      },
    ];
  }
  return [
    { tag: "lane.tool", bytes: indexOutputBytes, because: "ffmpeg joining the chunks or reading the output, with its sample tables" },
  ];
}

function smallestOf(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, next) => (best === undefined || next.peakBytes < best.peakBytes ? next : best),
    undefined,
  );
}

function tooSmall(candidates: readonly Candidate[], smallest: Candidate, facts: PlanFacts, keepSettings: boolean): BudgetExceededError {
  const lowest = smallestOf(candidates);
  const lowered = keepSettings && lowest !== undefined ? smallestLimit(largestPhase(lowest), facts) : undefined;
  const withoutKeep = lowered !== undefined && lowered <= facts.limit.limitBytes ? ", or leave out --keep-settings" : "";
  const how = keepSettings ? "with the settings asked for" : "with every setting lowered";
  return overLimit(
    facts,
    largestPhase(smallest),
    how,
    `${withoutKeep}${keepSettings || smallest.lane.isEstimated ? "" : ", or a faster --preset"}`,
  );
}
