import { MIB } from "../../base/index.ts";
import { reservedDecoderBytes } from "./av1-decoder.ts";
import { predictLane } from "./lane.ts";
import { sampleBytes } from "./pixels.ts";
import type { EncoderSettings, LaneShape } from "./types.ts";
import { x264Memory } from "./x264.ts";

/** Heap and library data of a child that has just started. */
const IDLE_BYTES = 32 * MIB;
/** Reserved for every thread: the usual stack limit, guard page and thread heap included. */
const STACK_BYTES = 9 * MIB;
/** Share of an encoder's blocks that it may never write to: borders, costs of pairings not tried, bitstream buffers. */
const UNTOUCHED_SHARE = 0.16;
/** x264 aligns blocks above 1.75 MiB to huge pages, and the C library keeps what it cut off in front. */
const ALIGNED_BLOCK_BYTES = 1.75 * MIB;
const ALIGNMENT_BYTES = 2 * MIB;

/**
 * VmData - RssAnon of a healthy child: what counts against RLIMIT_DATA without being resident. A fuse of
 * 1.15 x the forecast + this was above VmData in every measurement of bench/calibration.
 */
export function dataLimitSlackBytes(shape: LaneShape): number {
  return Math.round(IDLE_BYTES + threads(shape) * STACK_BYTES + untouchedBytes(shape) + alignmentBytes(shape));
}

function untouchedBytes(shape: LaneShape): number {
  return predictLane(shape).totalBytes * untouchedShare(shape.encoder) + reservedDecoderBytes(shape.decoder);
}

/** The same of a child that joins or copies: at most two threads for each stream, seen with sound that is encoded. */
export function remuxDataSlackBytes(streams: number): number {
  return IDLE_BYTES + (2 * streams + 2) * STACK_BYTES;
}

/** SVT-AV1 makes its pools whole when it starts, and with two processors more of them than it fills. */
function untouchedShare(encoder: EncoderSettings): number {
  return encoder.codec === "av1" && encoder.encoder === "libsvtav1" ? 0.4 : UNTOUCHED_SHARE;
}

/** At most this many were seen: ffmpeg 4.1 starts two for each of x264's. */
function threads({ decoder, encoder, height }: LaneShape): number {
  const decoding = decoder.threads > 1 ? decoder.threads + 1 : 1;
  return decoding + encodingThreads(encoder, height);
}

function encodingThreads(encoder: EncoderSettings, height: number): number {
  switch (encoder.codec) {
    case "h264":
      return 2 * encoder.threads + 1;
    case "hevc":
      return encoder.pools + 2 * encoder.frameThreads + 1;
    case "vp9":
      return 3 * encoder.threads;
    case "av1":
      if (encoder.encoder === "libaom-av1") return 3 * encoder.threads;
      // One for each step of its pipeline; with two processors one for each row of blocks too: 90 at 480 lines, 160 at 2160.
      return encoder.lp === 1 ? 20 : Math.round(75 + height / 25);
    case "other":
      return 3 * encoder.threads;
  }
}

function alignmentBytes(shape: LaneShape): number {
  if (shape.encoder.codec !== "h264") return 0;
  const memory = x264Memory(shape, shape.encoder, shape.engine, shape.frames);
  // With fields a waiting picture, too, has room for luma as a pair of fields, and never uses it.
  const fieldBytes = shape.encoder.interlaced ? (shape.width + 96) * (shape.height + 128) * sampleBytes(shape.bitDepth) : 0;
  const inputs = memory.inputFrameBytes + fieldBytes > ALIGNED_BLOCK_BYTES ? memory.inputFrames : 0;
  const coded = memory.codedFrameBytes > ALIGNED_BLOCK_BYTES ? memory.codedFrames : 0;
  return (inputs + coded) * ALIGNMENT_BYTES + memory.inputFrames * fieldBytes;
}
