/**
 * The proof of picture: frames of the source and of an encoded chunk, decoded by children of their own into the frame pool and
 * compared plane by plane.
 */
import { MalformedInputError, Scope, shellQuoted } from "../base/index.ts";
import type { Frame, FramePool, MemoryCore, SpillRun } from "../memory/index.ts";
import { decodeChunkArguments, decodeSourceArguments } from "./arguments/index.ts";
import { claimChild } from "./child-claim.ts";
import type { Chunk } from "./chunks.ts";
import type { MediaIndex } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";
import { kernels } from "./kernels.ts";
import type { Picture } from "./picture.ts";
import { DecodedFrames, type FrameSource, ParkedFrames } from "./proof-frames.ts";
import { type FrameScore, type PictureScore, scoreOf, summarise } from "./proof-score.ts";
import { type ProofForecast, proofFormat } from "./proof-shape.ts";
import { tickAt } from "./ticks.ts";

export type ProofJob = {
  readonly engine: Engine;
  readonly index: MediaIndex;
  readonly picture: Picture;
  readonly chunk: Chunk;
  readonly chunkPath: string;
  /** ffmpeg's id of the chunk's codec. */
  readonly codec: string;
  readonly directory: string;
  readonly forecast: ProofForecast;
  readonly core: MemoryCore;
  /** Luma PSNR in dB below which a frame of this chunk cannot be the source's. */
  readonly lowestPsnr: number;
  /** Frames of the chunk to compare, from its first. */
  readonly frameLimit: number;
  /** No further frame is started after this many milliseconds, once SHORTEST_PROOF_FRAMES are compared. */
  readonly timeLimitMs: number;
  readonly signal: AbortSignal;
};

/** Even a proof that is out of time compares this many frames. */
export const SHORTEST_PROOF_FRAMES = 4;

/** VmData of a decoding child above its anonymous memory: thread stacks and untouched heap (measured: 85 MiB at most). */
const DECODER_SLACK_BYTES = 128 * 1024 * 1024;

/** Compares the first frames of a chunk with the source. */
export async function provePicture(job: ProofJob): Promise<PictureScore> {
  const { picture } = job;
  const format = proofFormat(picture);
  if (format === undefined) return summarise([], "", 0);
  await using scope = new Scope();
  const pool = scope.use(
    job.core.framePool(job.core.budget, {
      width: picture.width,
      height: picture.height,
      format,
      capacity: job.forecast.slotCount,
      preallocate: true,
      clearOnRelease: false,
      hugePages: true,
      tag: "media.frame",
    }),
  );
  const chunk = { ...job.chunk, endFrame: Math.min(job.chunk.endFrame, job.chunk.firstFrame + job.frameLimit) };
  const startedMs = performance.now();
  const source = job.forecast.mode === "parked" ? await parkSource(job, chunk, pool, scope) : await decodeSource(job, chunk, pool, scope);
  const encoded = scope.use(
    new DecodedFrames(pool, {
      ...(await decoder(job, scope, "media.chunk-decoder", job.forecast.chunkDecoderBytes)),
      doing: `decoding chunk ${chunk.index + 1} for the proof of picture`,
      args: decodeChunkArguments(job.engine, picture, job.codec, chunk, job.chunkPath),
    }),
  );
  return await compareAll(job, chunk, { pool, source, encoded }, startedMs);
}

type Sides = { readonly pool: FramePool; readonly source: FrameSource; readonly encoded: DecodedFrames };

async function compareAll(job: ProofJob, chunk: Chunk, { pool, source, encoded }: Sides, startedMs: number): Promise<PictureScore> {
  const { picture } = job;
  const scores: FrameScore[] = [];
  let before: Frame | undefined;
  try {
    for (let at = chunk.firstFrame; at < chunk.endFrame; at += 1) {
      if (scores.length >= SHORTEST_PROOF_FRAMES && performance.now() - startedMs > job.timeLimitMs)
        return summarise(scores, "", job.lowestPsnr);
      const timestamp = { ticks: tickAt(picture, at), timeBase: picture.timeBase };
      const [wanted, got] = await bothFrames(source.next(timestamp), encoded.next(timestamp));
      if (wanted === undefined) {
        got?.[Symbol.dispose]();
        throw new MalformedInputError(`the input, decoded again, ends at frame ${at} of ${chunk.endFrame}`, {
          hint: `look at the input with: ffmpeg -v error -i ${shellQuoted(job.index.path)} -f null -`,
        });
      }
      if (got === undefined) {
        wanted[Symbol.dispose]();
        return summarise(scores, `the encoded chunk ends at frame ${at}`, job.lowestPsnr);
      }
      using result = got;
      using previous = before;
      before = wanted;
      scores.push(await compare(pool, wanted, result, previous, at));
    }
    return summarise(scores, await encoded.complaints(), job.lowestPsnr);
  } finally {
    before?.[Symbol.dispose]();
  }
}

/** Waits for both and loses neither: a frame whose partner failed goes back to the pool. */
async function bothFrames(a: Promise<Frame | undefined>, b: Promise<Frame | undefined>): Promise<[Frame | undefined, Frame | undefined]> {
  const [first, second] = await Promise.allSettled([a, b]);
  if (first.status === "fulfilled" && second.status === "fulfilled") return [first.value, second.value];
  for (const settled of [first, second]) if (settled.status === "fulfilled") settled.value?.[Symbol.dispose]();
  throw first.status === "rejected" ? first.reason : second.status === "rejected" ? second.reason : undefined;
}

async function compare(pool: FramePool, source: Frame, encoded: Frame, before: Frame | undefined, frame: number): Promise<FrameScore> {
  const { layout } = source;
  const { native } = pool.pool;
  const planes = await kernels.comparePlanes(native, source.slotIndex, native, encoded.slotIndex, [...layout.planes], layout.bitsPerSample);
  const luma = layout.planes[0];
  const change =
    before === undefined || luma === undefined
      ? 0
      : kernels.sceneChange(native, before.slotIndex, native, source.slotIndex, luma, layout.bitsPerSample);
  return scoreOf(frame, layout, planes, change);
}

async function decodeSource(job: ProofJob, chunk: Chunk, pool: FramePool, scope: Scope): Promise<DecodedFrames> {
  return scope.use(
    new DecodedFrames(pool, {
      ...(await decoder(job, scope, "media.source-decoder", job.forecast.sourceDecoderBytes)),
      doing: `decoding the input for frames ${chunk.firstFrame} to ${chunk.endFrame - 1}, for the proof of picture`,
      args: decodeSourceArguments(job.engine, job.index, job.picture, chunk),
    }),
  );
}

/** Decodes the source first and leaves its frames on disk, so that the second decoder can have the first one's memory. */
async function parkSource(job: ProofJob, chunk: Chunk, pool: FramePool, scope: Scope): Promise<FrameSource> {
  await using writer = job.core.spill.createRun(`frames-${chunk.index}`);
  let run: SpillRun;
  {
    await using decoding = new Scope();
    const frames = await decodeSource(job, chunk, pool, decoding);
    for (let at = chunk.firstFrame; at < chunk.endFrame; at += 1) {
      using frame = await frames.next({ ticks: tickAt(job.picture, at), timeBase: job.picture.timeBase });
      if (frame === undefined) break;
      await writer.append(frame.bytes());
    }
    run = scope.use(await writer.finish());
  }
  return scope.use(new ParkedFrames(pool, run, job.signal));
}

async function decoder(job: ProofJob, scope: Scope, tag: "media.source-decoder" | "media.chunk-decoder", bytes: number) {
  const reservation = scope.use(await claimChild(job.core.budget, bytes, tag, job.signal));
  return {
    engine: job.engine,
    cwd: job.directory,
    reservation,
    fuseBytes: Math.round(bytes * 1.15) + DECODER_SLACK_BYTES,
    onFuseBlown: () => job.core.countFuseBlown(),
    signal: job.signal,
  };
}
