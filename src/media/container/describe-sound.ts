/** What audio and subtitle streams of ffmpeg's description say. */
import type { DescribedStream } from "./describe.ts";

/** Channel layouts whose name does not count the channels (libavutil/channel_layout.c). */
const CHANNELS: Readonly<Record<string, number>> = {
  mono: 1,
  stereo: 2,
  downmix: 2,
  quad: 4,
  hexagonal: 6,
  octagonal: 8,
  cube: 8,
  hexadecagonal: 16,
};

const TEXT_SUBTITLES = new Set(["subrip", "srt", "ass", "ssa", "mov_text", "webvtt", "text", "ttml", "microdvd", "subviewer"]);

export function describeSound({ fields }: DescribedStream): { sampleRate: number; channels: number; layout: string } {
  const rateAt = fields.findIndex((field) => /^\d+ Hz$/.test(field));
  const layout = rateAt < 0 ? "" : (fields[rateAt + 1] ?? "");
  return { sampleRate: Number.parseInt(fields[rateAt] ?? "0", 10), channels: channelsOf(layout), layout };
}

/** "stereo", "5.1(side)", "7.1.4", "16 channels"; 0 when the layout is not known. */
function channelsOf(layout: string): number {
  const counted = /^(\d+) channels/.exec(layout);
  if (counted !== null) return Number(counted[1]);
  const dotted = /^\d+(?:\.\d+){1,2}(?=$|\()/.exec(layout);
  if (dotted !== null) return dotted[0].split(".").reduce((sum, part) => sum + Number(part), 0);
  return CHANNELS[layout.replace(/\(.*/, "")] ?? 0;
}

export function isTextSubtitle(codec: string): boolean {
  return TEXT_SUBTITLES.has(codec);
}
