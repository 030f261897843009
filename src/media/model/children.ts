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

/** A `-c copy` child that joins files: the mp4 muxer keeps an index entry per sample until the end. */
export function predictRemux(engine: EngineVersion, samples: number): number {
  return Math.round((engine.isStatic ? 1 : 11) * MIB + samples * (engine.major >= 5 ? 150 : 110));
}

/** Raw frames between decoder and pipe: one in flight, packets waiting since 5.1, deep queues since 7.0. */
function queuedFrames(engine: EngineVersion): number {
  if (engine.major >= 7) return 20;
  return engine.major >= 5 ? 4 : 1;
}
