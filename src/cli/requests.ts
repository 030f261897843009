/** From parsed options to the settings of each command. */
import { isAbsolute, join } from "node:path";
import { UnsupportedError, UsageError } from "../base/index.ts";
import type { TranscodeSettings } from "../commands/index.ts";
import { type JobRequest, jobSettings, refuseSharedFiles } from "./job-request.ts";
import type { SettingsSource } from "./option-spec.ts";
import * as options from "./options.ts";

/** @throws UsageError, UnsupportedError */
export function transcodeRequest(
  [input = "", output = ""]: readonly string[],
  source: SettingsSource,
  env: NodeJS.ProcessEnv,
  encoderWords: readonly string[] = [],
): JobRequest {
  refuseStandardOutput(output, source);
  refuseSharedFiles([input], [output], source);
  refuseResumedStream(input, source);
  const settings: TranscodeSettings = {
    ...jobSettings(source),
    input,
    output,
    resume: source.isOn(options.resume),
    lanes: source.value(options.lanes),
    codec: codecOf(source, encoderWords),
    encoder: source.value(options.encoder),
    format: source.value(options.format),
    preset: source.value(options.preset),
    ...rateOf(source),
    startSeconds: source.value(options.start) ?? 0,
    frameRate: source.value(options.fps),
    size: source.value(options.scale),
    filters: source.value(options.vf),
    durationSeconds: source.value(options.duration),
    encoderWords,
    dropped: source.value(options.drop) ?? [],
    ...soundOf(source),
    subtitles: source.value(options.subtitles),
    streams: source.value(options.map) ?? [],
    keepSettings: source.isOn(options.keepSettings),
    verify: source.isOn(options.verify),
    ...engineSearch(source, env),
  };
  return { command: "transcode", settings };
}

/** What has no meaning when the picture is not encoded. */
const ENCODER_OPTIONS = [
  ...[
    options.encoder,
    options.preset,
    options.crf,
    options.bitrate,
    options.scale,
    options.fps,
    options.vf,
    options.start,
    options.duration,
  ],
  ...[options.lanes, options.twoPass, options.keepSettings, options.verify, options.resume, options.drop],
];

function codecOf(source: SettingsSource, encoderWords: readonly string[]): TranscodeSettings["codec"] {
  const codec = source.find(options.codec);
  if (codec?.value !== "copy") return codec?.value;
  // The environment speaks of other calls, too.
  const other = ENCODER_OPTIONS.map((option) => source.find<unknown>(option)).find((found) => found?.source === "flag");
  const word = other?.origin ?? encoderWords[0];
  if (word === undefined) return "copy";
  throw new UsageError(`${word} needs an encoder, and ${codec.origin} copy leaves the picture as it is`, {
    hint: `leave out ${word}, or name an encoder: --codec h264`,
  });
}

function soundOf(source: SettingsSource): Pick<TranscodeSettings, "audio" | "audioBitsPerSecond"> {
  const [audio, bitrate] = [source.find(options.audio), source.find(options.audioBitrate)];
  if (bitrate !== undefined && (audio?.value === "copy" || audio?.value === "none")) {
    throw new UsageError(`${bitrate.origin} needs an encoder, and ${audio.origin} ${audio.value} has none`, { hint: "--audio aac" });
  }
  return { audio: audio?.value, audioBitsPerSecond: bitrate?.value };
}

function rateOf(source: SettingsSource): Pick<TranscodeSettings, "crf" | "bitsPerSecond" | "twoPass"> {
  const [crf, bitrate, twoPass] = [source.find(options.crf), source.find(options.bitrate), source.isOn(options.twoPass)];
  if (crf !== undefined && bitrate !== undefined) {
    throw new UsageError(`${crf.origin} and ${bitrate.origin} exclude each other`, { hint: "leave one of them out" });
  }
  if (twoPass && bitrate === undefined) throw new UsageError("--two-pass needs --bitrate", { hint: "--bitrate 2M --two-pass" });
  return { crf: crf?.value, bitsPerSecond: bitrate?.value, twoPass };
}

/** @throws UsageError */
export function runRequest(
  _arguments: readonly string[],
  source: SettingsSource,
  env: NodeJS.ProcessEnv,
  [command, ...args]: readonly string[],
): JobRequest {
  if (command === undefined) throw new UsageError("no command given", { hint: "mm run --max-memory 2G -- make -j8" });
  const settings = {
    ...jobSettings(source),
    ...{ command, args, searchPath: env.PATH },
    wantsCgroup: source.isOn(options.cgroup),
    reportsOnStdout: source.isOn(options.json),
  };
  return { command: "run", settings };
}

export function doctorRequest(_arguments: readonly string[], source: SettingsSource, env: NodeJS.ProcessEnv): JobRequest {
  const temporary = env.TMPDIR === undefined || env.TMPDIR === "" ? "/tmp" : env.TMPDIR;
  return { command: "doctor", settings: { ...engineSearch(source, env), folders: [process.cwd(), temporary] } };
}

const ENGINE_ORIGINS = { flag: "--ffmpeg", env: "MM_FFMPEG", config: "config", preset: "config" } as const;

function engineSearch(source: SettingsSource, env: NodeJS.ProcessEnv): Pick<TranscodeSettings, "ffmpegPath" | "searchPath" | "cacheDir"> {
  const chosen = source.find(options.ffmpeg);
  const fallback = env.FFMPEG_BIN === undefined || env.FFMPEG_BIN === "" ? undefined : env.FFMPEG_BIN;
  return {
    ffmpegPath:
      chosen !== undefined
        ? { path: chosen.value, origin: ENGINE_ORIGINS[chosen.source] }
        : fallback !== undefined
          ? { path: fallback, origin: "FFMPEG_BIN" }
          : undefined,
    searchPath: env.PATH ?? "",
    cacheDir: cacheFolder(env),
  };
}

/** XDG Base Directory specification: a relative $XDG_CACHE_HOME is ignored. */
function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  if (env.XDG_CACHE_HOME !== undefined && isAbsolute(env.XDG_CACHE_HOME)) return join(env.XDG_CACHE_HOME, "mm");
  return env.HOME !== undefined && isAbsolute(env.HOME) ? join(env.HOME, ".cache", "mm") : undefined;
}

function refuseStandardOutput(output: string, source: SettingsSource): void {
  if (output !== "-") return;
  const json = source.find(options.json);
  if (json?.value === true) {
    throw new UsageError(`${json.origin} and the video cannot both go to stdout`, { hint: "--report <file> in place of --json" });
  }
  throw new UnsupportedError("writing the video to stdout is not supported: an output appears by rename, once it is whole", {
    hint: "a file name for the output",
  });
}

function refuseResumedStream(input: string, source: SettingsSource): void {
  const resume = source.find(options.resume);
  if (input !== "-" || resume?.value !== true) return;
  throw new UsageError(`${resume.origin} needs an input that can be read again, and standard input cannot`, {
    hint: "the name of a file in place of -",
  });
}
