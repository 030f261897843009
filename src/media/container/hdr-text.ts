/** Static HDR metadata as ffmpeg prints it, of a stream (libavformat/dump.c) or of a frame (libavfilter/vf_showinfo.c). */
import type { ContentLight, MasteringDisplay } from "../bitstream/index.ts";

const PAIR = String.raw`\(([\d.]+)[, ]+([\d.]+)\)`;
const MASTERING = new RegExp(
  `has_primaries:1 has_luminance:1 r${PAIR} g${PAIR} b${PAIR} wp${PAIR} min_luminance=([\\d.]+), max_luminance=([\\d.]+)`,
);
const LIGHT = /MaxCLL=(\d+), MaxFALL=(\d+)/;

/** Steps of SMPTE ST 2086 in a unit of chromaticity and in a candela per square metre. */
const CHROMATICITY_STEPS = 50_000;
const LUMINANCE_STEPS = 10_000;

/** undefined when the line does not give both primaries and luminance. Four digits are printed, so the last step may be off by two. */
export function masteringDisplayOfText(line: string): MasteringDisplay | undefined {
  const numbers = MASTERING.exec(line)?.slice(1).map(Number);
  if (numbers === undefined) return undefined;
  const pair = (at: number): readonly [number, number] => [steps(numbers[at]), steps(numbers[at + 1])];
  const luminance = (at: number): number => Math.round((numbers[at] ?? 0) * LUMINANCE_STEPS);
  return { primaries: [pair(0), pair(2), pair(4), pair(6)], minLuminance: luminance(8), maxLuminance: luminance(9) };
}

export function contentLightOfText(line: string): ContentLight | undefined {
  const match = LIGHT.exec(line);
  return match === null ? undefined : { maxCll: Number(match[1]), maxFall: Number(match[2]) };
}

function steps(chromaticity: number | undefined): number {
  return Math.round((chromaticity ?? 0) * CHROMATICITY_STEPS);
}
