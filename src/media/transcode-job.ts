/**
 * A planned transcode, carried out: chunks in lanes, then the proof of picture and the join with its proof of time. What it
 * writes stays in the folders it is given; publishing is the caller's.
 */
import { statSync } from "node:fs";
import { Scope } from "../base/index.ts";
import { KERNEL_CHILD_BYTES, type MemoryCore } from "../memory/index.ts";
import type { Carry } from "./carry.ts";
import type { Checkpoint } from "./checkpoint/index.ts";
import { type ChunkFile, totalBytes } from "./chunk-files.ts";
import type { Chunk } from "./chunks.ts";
import type { MediaIndex } from "./container/index.ts";
import { EarlyProof } from "./early-proof.ts";
import { encodeChunks } from "./encode-lanes.ts";
import type { EncoderOptions } from "./encoder-options.ts";
import type { Engine, RunTool } from "./engine/index.ts";
import { joinBytesOf, joinChunks } from "./join-chunks.ts";
import type { OutputFormat } from "./output-format.ts";
import type { Picture } from "./picture.ts";
import { type Candidate, OUTPUT_WINDOW_BYTES } from "./plan.ts";
import { combine, type PictureScore } from "./proof-score.ts";
import type { TimeProof } from "./proof-time.ts";
import { mendChunks, proveChunks, sampleOf } from "./prove-chunks.ts";
import type { Rate } from "./rate.ts";
import { settled } from "./settled.ts";
import { isWhole } from "./whole-output.ts";

export type TranscodeJob = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly carry: Carry;
  readonly format: OutputFormat;
  readonly chosen: Candidate;
  readonly rate: Rate;
  readonly options: EncoderOptions;
  readonly chunks: readonly Chunk[];
  /** Folder for chunk files, the join list and spill. */
  readonly directory: string;
  /** What is finished, of this run and of an earlier one; undefined where no run can go on from it. */
  readonly checkpoint: Checkpoint | undefined;
  /** Where the joined file is written. */
  readonly joinedPath: string;
  readonly core: MemoryCore;
  readonly maxDiskBytes: number | undefined;
  /** Every frame of every chunk is compared, instead of a sample. */
  readonly verify: boolean;
  readonly run: RunTool;
  readonly signal: AbortSignal;
  readonly onProgress: (phase: "pass1" | "encode" | "proof" | "join", done: number, total: number) => void;
  /** The number of lanes is another one than planned from here on, and what the job is then expected to hold. */
  readonly onLanes: (lanes: number, peakBytes: number) => void;
  readonly onDetail: (message: string) => void;
  readonly onWarning: (message: string) => void;
};

export type TranscodeOutcome = {
  readonly time: TimeProof;
  readonly picture: PictureScore;
  readonly outputBytes: number;
  /** Chunks that an earlier run had finished. */
  readonly resumedChunks: number;
};

/** @throws the first failure; files it leaves behind are the caller's to remove */
export async function runTranscode(job: TranscodeJob): Promise<TranscodeOutcome> {
  await using scope = new Scope();
  const startedMs = performance.now();
  await using early = new EarlyProof(job);
  const encoded = await encodeChunks(job, {
    onFile: (file) => {
      holdMemory(job, scope, file.bytes);
      job.core.remeasureBaseline();
    },
    onIdleLane: (files, running) => early.offer(files, running),
  });
  const recovered = job.checkpoint?.recovered;
  const encodeMs = performance.now() - startedMs + (recovered?.elapsedMs ?? 0) / job.chosen.lanes;
  // The joined file, too.
  if (!isWhole(job)) holdMemory(job, scope, totalBytes(encoded));
  const { picture, time } = await proveAndJoin(job, encoded, encodeMs, early);
  return { time, picture, outputBytes: statSync(job.joinedPath).size, resumedChunks: recovered?.files.length ?? 0 };
}

type Proofs = { readonly picture: PictureScore; readonly time: TimeProof };

/** A sampled proof is short and nearly always holds, so the join does not wait for it where another phase needed the memory of both. */
async function proveAndJoin(job: TranscodeJob, encoded: readonly ChunkFile[], encodeMs: number, early: EarlyProof): Promise<Proofs> {
  const isBeside = isWhole(job) || (!job.verify && fitsBesideProof(job, encoded));
  const join = isBeside ? settled(joinChunks(job, encoded)) : undefined;
  // Mended in place, while nobody reads it.
  if (isWhole(job)) await join;
  const sampled = job.verify ? encoded : sampleOf(encoded);
  const proof = (await early.result()) ?? (await settled(proveChunks(job, sampled, encodeMs)));
  const joined = await join;
  const { scores, damaged } = proof();
  if (damaged.length === 0) return { picture: combine(scores), time: joined === undefined ? await joinChunks(job, encoded) : joined() };
  const mended = await mendChunks(job, damaged, encodeMs);
  const time = await joinChunks(job, replaced(encoded, mended.files));
  return { picture: combine([...scores, ...mended.scores]), time };
}

/**
 * Neither side may have to wait for the other's memory: they would hold each other up. The join's child is followed by one that reads the
 * output, and is a third at once, for which the limit set no kernel memory aside.
 */
function fitsBesideProof(job: TranscodeJob, encoded: readonly ChunkFile[]): boolean {
  const { proof, joinBytes, peakBytes } = job.chosen;
  const joinSideBytes = Math.max(joinBytes, joinBytesOf(job, encoded)) + OUTPUT_WINDOW_BYTES + KERNEL_CHILD_BYTES;
  return proof.totalBytes + joinSideBytes <= peakBytes;
}

function replaced(files: readonly ChunkFile[], mended: readonly ChunkFile[]): ChunkFile[] {
  return files.map((file) => mended.find(({ chunk }) => chunk.index === file.chunk.index) ?? file);
}

/** Files on a memory file system are memory, and paid for like it. */
function holdMemory({ core }: TranscodeJob, scope: Scope, bytes: number): void {
  if (core.spill.warning !== undefined) scope.use(core.budget.reserve(bytes, "output.tmpfs"));
}
