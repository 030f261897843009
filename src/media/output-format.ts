/** The containers mm writes, and what each takes. Held to ffmpeg 4.1 and 5.1 by trying every codec in every muxer. */
import { extname } from "node:path";
import { UnsupportedError, UsageError } from "../base/index.ts";
import type { Engine } from "./engine/index.ts";

export type FormatName = "mp4" | "mov" | "matroska" | "webm";

/** Codecs mm encodes sound to. */
export type SoundCodec = "aac" | "opus";

export type OutputFormat = {
  readonly name: FormatName;
  /** ffmpeg's muxer. */
  readonly muxer: string;
  /** What encodes the picture when nobody says; what it takes from an encoder; what it takes as it is. */
  readonly defaultCodec: "h264" | "vp9";
  readonly videoEncode: readonly string[];
  readonly videoCopy: readonly string[];
  /** The first is what sound becomes when it does not fit. */
  readonly audioEncode: readonly [SoundCodec, ...SoundCodec[]];
  /** Audio codecs the muxer takes as they are. */
  readonly audioCopy: readonly string[];
  /** Encoder for text subtitles, and codecs it takes as they are. */
  readonly textSubtitles: "mov_text" | "srt" | "webvtt";
  readonly subtitleCopy: readonly string[];
  /** Pictures attached to the file stay what they are; elsewhere they are dropped or become a video track. */
  readonly holdsPictures: boolean;
  readonly holdsAttachments: boolean;
  /** The tags of the file that it has a place for; undefined = all. */
  readonly tags: readonly string[] | undefined;
  /** Titles of streams go into the name of the handler, the one text of a track that the muxer writes. */
  readonly titlesAreHandlers: boolean;
  /** The muxer keeps one time base for a track; Matroska rounds to milliseconds. */
  readonly keepsTicks: boolean;
};

const MP4: OutputFormat = {
  name: "mp4",
  muxer: "mp4",
  defaultCodec: "h264",
  videoEncode: ["h264", "hevc", "vp9", "av1"],
  videoCopy: ["h264", "hevc", "vp9", "av1", "mpeg4", "mpeg2video", "mjpeg"],
  audioEncode: ["aac", "opus"],
  audioCopy: ["aac", "ac3", "eac3", "mp3", "alac", "opus", "flac"],
  textSubtitles: "mov_text",
  subtitleCopy: ["mov_text"],
  holdsPictures: true,
  holdsAttachments: false,
  tags: [
    ...["title", "artist", "album_artist", "composer", "album", "date", "comment", "genre", "copyright", "grouping", "lyrics"],
    ...["description", "synopsis", "show", "episode_id", "episode_sort", "network", "keywords", "season_number", "media_type"],
    ...["hd_video", "gapless_playback", "compilation", "location", "track", "disc"],
  ],
  titlesAreHandlers: true,
  keepsTicks: true,
};

const MOV: OutputFormat = {
  ...MP4,
  name: "mov",
  muxer: "mov",
  videoEncode: ["h264", "hevc"],
  videoCopy: ["h264", "hevc", "mpeg4", "mpeg2video", "mjpeg", "prores", "dnxhd", "dvvideo", "qtrle", "cinepak", "h263", "png"],
  audioEncode: ["aac"],
  audioCopy: [
    ...["aac", "ac3", "eac3", "mp3", "alac", "pcm_s8", "pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be"],
    ...["pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_alaw", "pcm_mulaw"],
  ],
  holdsPictures: false,
  tags: ["title", "artist", "album", "date", "comment", "genre", "copyright", "location", "make", "model"],
};

const MATROSKA: OutputFormat = {
  name: "matroska",
  muxer: "matroska",
  defaultCodec: "h264",
  videoEncode: ["h264", "hevc", "vp9", "av1"],
  videoCopy: [
    ...["h264", "hevc", "vp9", "av1", "vp8", "mpeg4", "mpeg2video", "mpeg1video", "mjpeg", "prores", "dnxhd", "dvvideo", "ffv1"],
    ...["theora", "msmpeg4v3", "h263", "png", "rawvideo", "huffyuv", "utvideo", "wmv2", "flv1", "cinepak"],
  ],
  audioEncode: ["aac", "opus"],
  audioCopy: [
    ...["aac", "ac3", "eac3", "mp3", "mp2", "opus", "vorbis", "flac", "dts", "truehd", "alac", "wavpack", "pcm_u8", "pcm_s16le"],
    ...["pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f64le", "pcm_alaw", "pcm_mulaw"],
  ],
  textSubtitles: "srt",
  subtitleCopy: ["subrip", "ass", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle"],
  holdsPictures: false,
  holdsAttachments: true,
  tags: undefined,
  titlesAreHandlers: false,
  keepsTicks: false,
};

const WEBM: OutputFormat = {
  ...MATROSKA,
  name: "webm",
  muxer: "webm",
  defaultCodec: "vp9",
  videoEncode: ["vp9", "av1"],
  videoCopy: ["vp9", "av1", "vp8"],
  audioEncode: ["opus"],
  audioCopy: ["opus", "vorbis"],
  textSubtitles: "webvtt",
  subtitleCopy: ["webvtt"],
  holdsAttachments: false,
};

const FORMATS: Readonly<Record<FormatName, OutputFormat>> = { mp4: MP4, mov: MOV, matroska: MATROSKA, webm: WEBM };
const ENDINGS: Readonly<Record<string, FormatName>> = { ".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska", ".webm": "webm" };

/** The container that was asked for, else the one the output's name says. @throws UnsupportedError for a name that says none */
export function outputFormatOf(path: string, asked: FormatName | undefined): OutputFormat {
  const ending = extname(path).toLowerCase();
  const name = asked ?? ENDINGS[ending];
  if (name !== undefined) return FORMATS[name];
  const what = ending === "" ? "no ending" : `the ending "${ending}"`;
  throw new UnsupportedError(`the output name has ${what}, and mm writes .mp4, .m4v, .mov, .mkv and .webm`, {
    hint: "another ending, or --format mp4, mov, matroska or webm",
    details: { output: path },
  });
}

/** What the picture is encoded to. @throws UsageError when the container does not take it */
export function outputCodecOf<Codec extends string>(format: OutputFormat, asked: Codec | undefined): Codec | OutputFormat["defaultCodec"] {
  if (asked === undefined || format.videoEncode.includes(asked)) return asked ?? format.defaultCodec;
  const others = Object.values(FORMATS).filter(({ videoEncode }) => videoEncode.includes(asked));
  throw new UsageError(`--codec ${asked} does not go into ${format.name}`, {
    hint: `--codec ${format.defaultCodec}, or an output named ${others.map(endingOf).join(" or ")}`,
    details: { format: format.name, codec: asked },
  });
}

/** Says where the codec of a named encoder would go. */
export function refuseCodec(format: OutputFormat, codec: string, encoder: string): UnsupportedError {
  const others = Object.values(FORMATS).filter(({ videoEncode, videoCopy }) => videoEncode.includes(codec) || videoCopy.includes(codec));
  const elsewhere = others.length === 0 ? "another --encoder" : `an output named ${others.map(endingOf).join(" or ")}`;
  return new UnsupportedError(`${encoder} makes ${codec}, which does not go into ${format.name}`, {
    hint: elsewhere,
    details: { format: format.name, codec },
  });
}

/** ".mkv" for "matroska": what to call a file so that mm writes this container. */
export function endingOf({ name }: OutputFormat): string {
  return Object.keys(ENDINGS).find((ending) => ENDINGS[ending] === name) ?? "";
}

/** The muxer of ffmpeg 4 knows no ALAC in MP4 (measured with 4.1), only in its twin for iPods. */
export function copiesSound({ name, audioCopy }: OutputFormat, codec: string, engine: Engine): boolean {
  return audioCopy.includes(codec) && (codec !== "alac" || name !== "mp4" || engine.major >= 5);
}

/** ffmpeg calls these experimental in MP4 until 6.0, and writes them only when told to. */
export function isExperimental({ name }: OutputFormat, codec: string): boolean {
  return name === "mp4" && (codec === "opus" || codec === "flac");
}
