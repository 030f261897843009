import { formatBytes } from "../../base/index.ts";
import { aomMemory } from "./aom.ts";
import { otherMemory } from "./other.ts";
import { svtMemory } from "./svt.ts";
import type { EncoderMemory, EncoderSettings, LaneShape, ModelledSettings } from "./types.ts";
import { vp9Memory } from "./vp9.ts";
import { x264Memory } from "./x264.ts";
import { x265Memory } from "./x265.ts";

export function encoderMemory({ encoder, engine, frames, crf, ...picture }: LaneShape): EncoderMemory {
  switch (encoder.codec) {
    case "h264":
      return x264Memory(picture, encoder, engine, frames, crf);
    case "hevc":
      return x265Memory(picture, encoder, engine, frames);
    case "vp9":
      return vp9Memory(picture, encoder, engine);
    case "av1":
      return encoder.encoder === "libsvtav1" ? svtMemory(picture, encoder) : aomMemory(picture, encoder, engine);
    case "other":
      return otherMemory(picture, encoder);
  }
}

/** Why an encoder holds what it holds, in one line for people. */
export function encoderReason(settings: EncoderSettings, memory: EncoderMemory): string {
  if (settings.codec === "other") {
    return `an estimate: ${memory.inputFrames} pictures of ${formatBytes(memory.inputFrameBytes)}, and ${formatBytes(memory.threadBytes)}`;
  }
  const { held, references, threads } = encoderWords(settings);
  const inputs = `${memory.inputFrames} pictures of ${formatBytes(memory.inputFrameBytes)}`;
  const coded = `${memory.codedFrames} coded pictures of ${formatBytes(memory.codedFrameBytes)}`;
  return `${held}: ${inputs}; ${references}: ${coded}; ${threads}: ${formatBytes(memory.threadBytes)}`;
}

type EncoderWords = { readonly held: string; readonly references: string; readonly threads: string };

function encoderWords(settings: ModelledSettings): EncoderWords {
  switch (settings.codec) {
    case "h264": {
      const threads = `${settings.threads} ${settings.slicedThreads ? "sliced" : "frame"} threads`;
      return { ...heldWords(settings), threads };
    }
    case "hevc":
      return { ...heldWords(settings), threads: `${settings.pools} workers` };
    case "vp9":
      return { held: `lag ${settings.lag}`, references: "references", threads: `${settings.threads} threads, and every block` };
    case "av1":
      if (settings.encoder === "libaom-av1") {
        return { held: `lag ${settings.lag}`, references: "references", threads: `${settings.threads} threads, and every block` };
      }
      return {
        held: `groups of ${2 ** settings.hierarchicalLevels}${settings.lookahead === 1 ? ", one looked at ahead" : ""}`,
        references: "references",
        threads: `${settings.lp} processors, and every block`,
      };
  }
}

function heldWords({ lookahead, bframes, refs }: { lookahead: number; bframes: number; refs: number }): Omit<EncoderWords, "threads"> {
  return { held: `lookahead ${lookahead} and ${bframes} B-frames`, references: `${refs} references` };
}

/** Codec, preset and rate, and then the settings that memory and speed depend on, in one line for people. */
export function describeEncoder(settings: EncoderSettings, rate: string): string {
  if (settings.codec === "other") return `${settings.makes} by ${settings.encoder}, ${rate}, ${settings.threads} threads`;
  return [`${settings.codec} ${settings.preset} ${rate}`, ...settingWords(settings)].join(", ");
}

function settingWords(settings: ModelledSettings): string[] {
  switch (settings.codec) {
    case "h264":
      return [`${settings.threads} ${settings.slicedThreads ? "sliced" : "frame"} threads`, ...pictureWords(settings)];
    case "hevc":
      return [`${settings.pools} threads`, `${settings.frameThreads} frames at once`, ...pictureWords(settings)];
    case "vp9":
      return [`${settings.threads} threads`, `lag ${settings.lag}`];
    case "av1":
      if (settings.encoder === "libaom-av1") return ["libaom", `${settings.threads} threads`, `lag ${settings.lag}`];
      return ["SVT-AV1", `${settings.lp} processors`, `groups of ${2 ** settings.hierarchicalLevels}`, `lookahead ${settings.lookahead}`];
  }
}

function pictureWords({ lookahead, bframes, refs }: { lookahead: number; bframes: number; refs: number }): string[] {
  return [`lookahead ${lookahead}`, `${bframes} B-frames`, `${refs} references`];
}

/** Of an encoder nobody knows, H.264 and HEVC may have as many as their levels allow, MPEG-2 and its kin two, VP8 three. */
const MOST_REFERENCES: Readonly<Record<string, number>> = { h264: 16, hevc: 16, vp9: 8, av1: 8 };

/** Pictures that a decoder of the result may hold for reference: of VP9's and AV1's eight slots, libvpx fills three and a key frame's. */
export function decodedPictures(settings: EncoderSettings): number {
  switch (settings.codec) {
    case "h264":
    case "hevc":
      return Math.min(16, settings.refs + (settings.bframes > 1 ? 1 : 0) + 1);
    case "vp9":
      return settings.lag > 0 ? 8 : 4;
    case "av1":
      return 8;
    case "other":
      return MOST_REFERENCES[settings.makes] ?? 4;
  }
}
