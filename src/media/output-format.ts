import { extname } from "node:path";
import { UnsupportedError } from "../base/index.ts";

/** A container mm writes, and what goes into it unchanged. */
export type OutputFormat = {
  readonly name: "mp4" | "mov" | "matroska";
  /** ffmpeg's muxer. */
  readonly muxer: string;
  /** Audio codecs the muxer takes as they are. */
  readonly audioCopy: readonly string[];
  /** Encoder for text subtitles, and codecs it takes as they are. */
  readonly textSubtitles: string;
  readonly subtitleCopy: readonly string[];
  /** The muxer keeps one time base for a track; Matroska rounds to milliseconds. */
  readonly keepsTicks: boolean;
};

const MP4_AUDIO = ["aac", "ac3", "eac3", "mp3", "mp2", "alac", "opus"];

const FORMATS: Readonly<Record<string, OutputFormat>> = {
  ".mp4": { name: "mp4", muxer: "mp4", audioCopy: MP4_AUDIO, textSubtitles: "mov_text", subtitleCopy: ["mov_text"], keepsTicks: true },
  ".m4v": { name: "mp4", muxer: "mp4", audioCopy: MP4_AUDIO, textSubtitles: "mov_text", subtitleCopy: ["mov_text"], keepsTicks: true },
  ".mov": {
    name: "mov",
    muxer: "mov",
    audioCopy: ["aac", "ac3", "eac3", "mp3", "alac", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_f32le"],
    textSubtitles: "mov_text",
    subtitleCopy: ["mov_text"],
    keepsTicks: true,
  },
  ".mkv": {
    name: "matroska",
    muxer: "matroska",
    audioCopy: [
      "aac",
      "ac3",
      "eac3",
      "mp3",
      "mp2",
      "opus",
      "vorbis",
      "flac",
      "dts",
      "truehd",
      "alac",
      "pcm_s16le",
      "pcm_s24le",
      "pcm_f32le",
    ],
    textSubtitles: "srt",
    subtitleCopy: ["subrip", "ass", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle"],
    keepsTicks: false,
  },
};

/** The format an output's name asks for. @throws UnsupportedError for any other ending */
export function outputFormatOf(path: string): OutputFormat {
  const format = FORMATS[extname(path).toLowerCase()];
  if (format !== undefined) return format;
  throw new UnsupportedError(`the output name ends in "${extname(path)}", and mm writes .mp4, .m4v, .mov and .mkv`, {
    hint: "name the output .mp4 or .mkv",
    details: { output: path },
  });
}
