/** Settings of `mm transcode` after the cli has parsed flags, environment and defaults: everything explicit, no strings left to parse. */
import type { Droppable, FormatName, FrameSize, OutputCodec, Rational, SoundCodec, StreamSpec } from "../media/index.ts";
import type { JobSettings } from "./job-settings.ts";

export type TranscodeSettings = JobSettings & {
  /** A path, or "-" for standard input. */
  readonly input: string;
  readonly output: string;
  /** Go on from what an earlier run of the same job finished; never with standard input. */
  readonly resume: boolean;
  /** Chunks to encode at once; undefined = as many as pay and fit. */
  readonly lanes: number | undefined;
  /** undefined: what the container usually holds; "copy": the picture is not encoded at all. */
  readonly codec: OutputCodec | "copy" | undefined;
  /** ffmpeg's name of the encoder; undefined: the one mm takes for the codec. */
  readonly encoder: string | undefined;
  /** undefined: what the output's name says. */
  readonly format: FormatName | undefined;
  /** undefined: medium. */
  readonly preset: string | undefined;
  readonly crf: number | undefined;
  readonly bitsPerSecond: number | undefined;
  readonly twoPass: boolean;
  /** Encoder arguments, not yet looked at. */
  readonly encoderWords: readonly string[];
  readonly startSeconds: number;
  readonly durationSeconds: number | undefined;
  readonly frameRate: Rational | undefined;
  readonly size: FrameSize | undefined;
  /** A chain of ffmpeg filters. */
  readonly filters: string | undefined;
  /** Properties of the picture that the output is not to have. */
  readonly dropped: readonly Droppable[];
  readonly audio: "copy" | SoundCodec | "none" | undefined;
  /** Of each sound track that is encoded. */
  readonly audioBitsPerSecond: number | undefined;
  readonly subtitles: "copy" | "none" | undefined;
  /** Streams to carry, or to leave out; none = all. */
  readonly streams: readonly StreamSpec[];
  readonly keepSettings: boolean;
  readonly verify: boolean;
  /** Engines to try in order, as the cli gathered them: --ffmpeg, MM_FFMPEG, the config file, FFMPEG_BIN. */
  readonly ffmpegPath: { readonly path: string; readonly origin: "--ffmpeg" | "MM_FFMPEG" | "config" | "FFMPEG_BIN" } | undefined;
  /** PATH of the environment, to look for ffmpeg in. */
  readonly searchPath: string;
  /** Folder for the engine cache ($XDG_CACHE_HOME/mm or ~/.cache/mm), or undefined when there is no home. */
  readonly cacheDir: string | undefined;
};
