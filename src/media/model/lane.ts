import { formatBytes, MIB } from "../../base/index.ts";
import { decoderMemory, decoderPacketBytes } from "./decoder.ts";
import { encoderMemory, encoderReason } from "./encoder.ts";
import { pictureBytes } from "./pixels.ts";
import type { LaneForecast, LaneLine, LaneShape } from "./types.ts";

/** Forecast of one fused lane, a line per owner. */
export function predictLane(shape: LaneShape): LaneForecast {
  const lines = [baseLine(shape), decoderLine(shape), encoderLine(shape), queueLine(shape)];
  return { totalBytes: lines.reduce((sum, line) => sum + line.bytes, 0), lines, isEstimated: shape.encoder.codec === "other" };
}

/** Index entry and sample tables of the mov demuxer; measured 39 (5.1) and 48 (4.1) on 470,000 samples. */
const INDEX_SAMPLE_BYTES = 48;

/** ffmpeg and its libraries without a frame: relocated library data (none in a static binary), tables, packets. Measured at 64 x 64. */
function idleBytes({ engine, encoder }: LaneShape): number {
  const hasTables = encoder.codec === "hevc";
  if (engine.isStatic) return (hasTables ? 7 : 1.5) * MIB;
  return (hasTables ? 12.5 : 11) * MIB;
}

function baseLine(shape: LaneShape): LaneLine {
  const samples = shape.inputSamples ?? 0;
  const index = samples > 0 ? `, and an index of ${samples} samples` : "";
  return { tag: "lane.base", bytes: idleBytes(shape) + samples * INDEX_SAMPLE_BYTES, because: `ffmpeg and its libraries${index}` };
}

/** Encoders, and decoders, of a picture: alpha has one of its own (measured: 79 MiB in place of 56 at 192x128, 5.1). */
function copiesOf({ hasAlpha }: LaneShape): number {
  return hasAlpha === true ? 2 : 1;
}

function decoderLine(shape: LaneShape): LaneLine {
  const { decoder, engine, frames } = shape;
  const memory = decoderMemory(decoder, engine, frames);
  const packets = decoderPacketBytes(decoder, engine);
  const threads = decoder.threads === 1 ? "one thread" : `${decoder.threads} threads`;
  const pictures = `${memory.frames} decoded pictures of ${formatBytes(memory.frameBytes)} + ${formatBytes(memory.threadBytes)} of ${threads}`;
  return {
    tag: "lane.decoder",
    bytes: Math.round(copiesOf(shape) * (memory.frames * memory.frameBytes + memory.threadBytes) + packets),
    because: `${decoder.codec === "other" ? "an estimate, at most " : ""}${pictures}${packets < MIB ? "" : `, ${formatBytes(packets)} of packets`}`,
  };
}

function encoderLine(shape: LaneShape): LaneLine {
  const memory = encoderMemory(shape);
  const inputs = memory.inputFrames * memory.inputFrameBytes;
  const coded = memory.codedFrames * memory.codedFrameBytes;
  return {
    tag: "lane.encoder",
    bytes: Math.round(copiesOf(shape) * (inputs + coded + memory.threadBytes)),
    because: encoderReason(shape.encoder, memory),
  };
}

/** Raw frames between decoder and encoder, in filters and in front of them: deep queues between threads came with 7.0; a change of pixel format needs two frames. */
function queueLine(shape: LaneShape): LaneLine {
  const converted = shape.bitDepth !== shape.decoder.bitDepth || shape.chroma !== shape.decoder.chroma ? 2 : 0;
  const queued = shape.engine.major >= 7 ? 20 : 0;
  const count = Math.min(converted + queued, shape.frames) + (shape.filterFrames ?? 0);
  const each = pictureBytes(shape);
  return { tag: "lane.queues", bytes: count * each, because: `${count} raw frames of ${formatBytes(each)} between decoder and encoder` };
}
