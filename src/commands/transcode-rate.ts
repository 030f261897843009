/** How many bits the picture gets, and what that asks of the input. */
import { UnsupportedError, UsageError } from "../base/index.ts";
import {
  defaultCrf,
  defaultQuantiser,
  type EncoderChoice,
  hasClosedGroups,
  hasTwoPasses,
  type MediaIndex,
  type Picture,
  type Rate,
  standsAlone,
} from "../media/index.ts";
import type { TranscodeSettings } from "./transcode-settings.ts";

type Asked = Pick<TranscodeSettings, "crf" | "bitsPerSecond" | "twoPass" | "preset">;

/** @throws UsageError, UnsupportedError for what the encoder does not have */
export function rateOf(asked: Asked, choice: EncoderChoice): Rate {
  const { crf, bitsPerSecond, twoPass } = asked;
  if (twoPass && !hasTwoPasses(choice.encoder))
    throw new UnsupportedError(`${choice.encoder} has no first pass that mm can ask for`, { hint: "leave out --two-pass" });
  if (choice.other !== undefined) refuseWords(asked, choice.other);
  if (bitsPerSecond !== undefined) return { kind: "bitrate", bitsPerSecond, passes: twoPass ? 2 : 1 };
  if (choice.other !== undefined) {
    return crf === undefined ? { kind: "scale", quantiser: defaultQuantiser(choice.other.makes) } : { kind: "quality", crf };
  }
  const { encoder } = choice;
  const [finest, coarsest] = crfRange(encoder);
  if (crf !== undefined && (crf < finest || crf > coarsest))
    throw new UsageError(`--crf goes from ${finest} to ${coarsest} for ${encoder}, got ${crf}`, { hint: `--crf ${defaultCrf(encoder)}` });
  return { kind: "quality", crf: crf ?? defaultCrf(encoder) };
}

/** Words that mean nothing to an encoder mm has no model of. */
function refuseWords({ crf, preset }: Asked, { name, hasCrf }: NonNullable<EncoderChoice["other"]>): void {
  if (preset !== undefined) throw new UsageError(`--preset means nothing to ${name}`, { hint: "leave out --preset" });
  if (crf === undefined || hasCrf) return;
  throw new UsageError(`${name} has no --crf`, { hint: "leave out --crf, or --bitrate 4M in place of it" });
}

/** SVT-AV1 takes 0 for "not set". */
function crfRange(encoder: string): readonly [number, number] {
  if (encoder === "libx264" || encoder === "libx265") return [0, 51];
  return [encoder === "libsvtav1" ? 1 : 0, 63];
}

/** @throws UnsupportedError for frames of a variable rate that an encoder would count as if they lasted the same */
export function refuseVariableRate(rate: Rate, { encoder, other }: EncoderChoice, { frameMap }: Picture, { video }: MediaIndex): void {
  if (frameMap !== undefined || !video.isVariableRate) return;
  const fps = `--fps ${Math.round(video.frameRate.num / video.frameRate.den)}`;
  if (other !== undefined && !standsAlone(other.makes))
    throw new UnsupportedError(`${encoder} may count frames of a variable rate as if they lasted the same`, { hint: fps });
  if (rate.kind !== "bitrate" || (encoder !== "libvpx-vp9" && encoder !== "libaom-av1")) return;
  throw new UnsupportedError(`${encoder} cannot keep to a bitrate with frames of a variable rate`, {
    hint: `${fps}, or --crf in place of --bitrate`,
  });
}

/** The rate control of a whole file cannot be had from parts of it, and of an encoder nobody knows only a constant quality is none. */
export function isConstantQuality(rate: Rate, { other }: EncoderChoice): boolean {
  return other === undefined ? rate.kind === "quality" : rate.kind === "scale" && hasClosedGroups(other.makes);
}
