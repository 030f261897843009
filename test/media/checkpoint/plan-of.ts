/** Plans and folders for the tests of checkpoints: three chunks of one second, without an engine. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Checkpoint } from "../../../src/media/checkpoint/checkpoint.ts";
import { type CheckpointPlan, makePlan, type PlanRequest } from "../../../src/media/checkpoint/plan.ts";
import type { ChunkFile } from "../../../src/media/chunk-files.ts";
import { type Chunk, cutChunks } from "../../../src/media/chunks.ts";
import type { VideoTrack } from "../../../src/media/container/index.ts";
import { hashFile } from "../../../src/media/file-hash.ts";
import type { Budget } from "../../../src/memory/index.ts";

const FRAMES = 750;

/** 30 s of 25 frames a second, with a sync frame each second: three chunks. */
export const video = {
  ticks: Float64Array.from({ length: FRAMES }, (_, at) => at * 512),
  keyframes: Uint32Array.from({ length: FRAMES / 25 }, (_, at) => at * 25),
  keySeekTicks: Float64Array.from({ length: FRAMES / 25 }, (_, at) => at * 25 * 512),
  timeBase: { num: 1, den: 12800 },
  frameRate: { num: 25, den: 1 },
  lastDurationTicks: 512,
} as unknown as VideoTrack;

/** Chunks of the first `frames` frames. */
export function chunksOf(frames: number): Chunk[] {
  return cutChunks(video, {
    sourceFrames: { first: 0, end: frames },
    frameMap: undefined,
    isCuttable: true,
    canSeek: true,
    frameRate: video.frameRate,
  });
}

export const chunks: readonly Chunk[] = chunksOf(FRAMES);

const REQUEST: PlanRequest = {
  input: { path: "../in.mp4", byteLength: 1000, modifiedNs: "1700000000000000001", headHash: "aa", tailHash: "bb" },
  engine: { path: "/usr/bin/ffmpeg", version: "5.1", byteLength: 5, modifiedNs: "7" },
  encoder: ["-c:v", "libx264", "-x264-params", "threads=2:ref=3", "-crf", "23"],
  requests: { memoryBytes: 1e6, cpus: 2 },
  joinRequests: { memoryBytes: 1e5, cpus: 1 },
  picture: video,
  chunks,
  fileOf: ({ index }) => `chunk-${index}.mp4`,
  argumentsOf: ({ seekTick }) => ["-ss", String(seekTick)],
};

export function planOf(changes: Partial<PlanRequest> = {}): CheckpointPlan {
  return makePlan({ ...REQUEST, ...changes });
}

export function checkpointIn(directory: string, budget: Budget, plan = planOf()): Checkpoint {
  return new Checkpoint({ directory, plan, chunks, video, budget, signal: new AbortController().signal });
}

/** What an encoder would have left of a chunk. */
export function encoded(directory: string, budget: Budget, chunk: Chunk | undefined): ChunkFile {
  if (chunk === undefined) throw new Error("no such chunk");
  mkdirSync(directory, { recursive: true });
  const path = join(directory, `chunk-${chunk.index}.mp4`);
  const text = `the packets of chunk ${chunk.index}`;
  writeFileSync(path, text);
  return { chunk, path, bytes: text.length, hash: hashFile(budget, path), peakBytes: 1_000_000, quantiser: 30.5 };
}
