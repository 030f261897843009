import { MIB } from "../../base/index.ts";
import { decoderMemory } from "./decoder.ts";
import { pictureBytes } from "./pixels.ts";
import type { DecoderShape, EngineVersion } from "./types.ts";

/** A child that decodes to rawvideo on a pipe, whether the pipe is drained or blocked. */
export function predictDecode(shape: DecoderShape & { readonly engine: EngineVersion; readonly rawOutput: true }): number {
  const memory = decoderMemory(shape, Number.POSITIVE_INFINITY);
  const queued = queuedFrames(shape.engine) * pictureBytes(shape);
  return Math.round((shape.engine.isStatic ? 1 : 12.5) * MIB + memory.frames * memory.frameBytes + memory.threadBytes + queued);
}

/** The muxer holds this much of the video back while it waits for sound, at -max_interleave_delta of one second; measured 1.6. */
const INTERLEAVED_SECONDS = 1.7;

/**
 * A `-c copy` child that joins chunks and takes sound from the input: the input's index and the output's, both until the end.
 *
 * @param samples of all tracks of the output
 * @param videoBytesPerSecond of the encoded video, 0 when it is the only track
 */
export function predictRemux(engine: EngineVersion, samples: number, videoBytesPerSecond = 0): number {
  const sampleBytes = engine.major >= 5 ? 150 : 110;
  return Math.round((engine.isStatic ? 1 : 11.5) * MIB + samples * sampleBytes + videoBytesPerSecond * INTERLEAVED_SECONDS);
}

/** Raw frames between decoder and pipe: one in flight, packets waiting since 5.1, deep queues since 7.0. */
function queuedFrames(engine: EngineVersion): number {
  if (engine.major >= 7) return 20;
  return engine.major >= 5 ? 4 : 1;
}
