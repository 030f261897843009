/** Every option that exists but those of sequences, once. What a command takes is a list of these. */
import type { Droppable, TranscodeSettings } from "../commands/index.ts";
import { MEMORY, PICTURE, RUN, SAY } from "./option-groups.ts";
import type { OptionSpec } from "./option-spec.ts";
import { inUnit } from "./settings/memory-keys.ts";
import { type PresetName, presetName } from "./settings/presets.ts";
import { streamSpecs } from "./stream-spec.ts";
import {
  bitRate,
  byteSize,
  decimalNumber,
  frameRate,
  frameSize,
  listOf,
  oneOf,
  onOff,
  text,
  timePoint,
  timeSpan,
  wholeNumber,
} from "./values.ts";

/** The table of what holds for every command of work. */
const FOR_ALL = "memory";

/** Presets of x264 and x265, fastest first. */
const ENCODER_PRESETS = ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"] as const;

/** What belongs to a picture and an encoder may lose. */
const DROPPABLE = [
  ...(["rotation", "alpha", "closed-captions", "film-grain", "mastering-display", "content-light-level", "hdr10+"] as const),
  ...(["dolby-vision", "hdr-vivid", "ambient-viewing-environment", "active-format-description", "chroma-location"] as const),
  ...(["stereo-3d", "spherical-video", "display-orientation", "enhancement-layer"] as const),
] satisfies readonly Droppable[];

export const maxMemory: OptionSpec<number> = {
  flags: "--max-memory <size>",
  group: MEMORY,
  help: "limit for the whole process tree: 512M, 2G, 1.5GiB (default: what the cgroup leaves, else 75 % of memory)",
  parse: byteSize,
  stored: { section: FOR_ALL, aliases: [inUnit(FOR_ALL, "max_memory_mb", "M"), inUnit(FOR_ALL, "max_memory_gb", "G")] },
};
export const lowMemory: OptionSpec<boolean> = {
  flags: "--low-memory",
  group: MEMORY,
  help: "the preset low: 2G, streaming, no memory kept that can be given back",
  parse: onOff,
  stored: { section: "memory.low_memory", name: "enabled" },
};
export const memoryPreset: OptionSpec<PresetName> = {
  flags: "--memory-preset <name>",
  group: MEMORY,
  help: "high (128G), balanced (16G), low (2G) or tiny (96M): limit, caches and manners, where nothing else sets them",
  parse: presetName,
  stored: { section: FOR_ALL },
};
export const maxDisk: OptionSpec<number> = {
  flags: "--max-disk <size>",
  group: MEMORY,
  help: "limit for temporary files: 500M, 20G (default: none)",
  parse: byteSize,
  stored: { section: FOR_ALL },
};
export const tempDir: OptionSpec<string> = {
  flags: "--temp-dir <dir>",
  group: MEMORY,
  help: "folder for temporary files (default: one beside the output)",
  parse: text,
  stored: { section: FOR_ALL },
};
export const keepSettings: OptionSpec<boolean> = {
  flags: "--keep-settings",
  group: MEMORY,
  help: "refuse (75) instead of lowering encoder settings to fit the limit",
  parse: onOff,
};
export const cgroup: OptionSpec<boolean> = {
  flags: "--cgroup",
  group: MEMORY,
  help: "also hold it in an own memory cgroup, where one can be made (page cache then counts too)",
  parse: onOff,
  stored: { section: FOR_ALL },
};
export const monitorMemory: OptionSpec<boolean> = {
  flags: "--monitor-memory",
  group: MEMORY,
  help: "show memory while it runs: a live line on a terminal, else JSON lines",
  parse: onOff,
  stored: { section: FOR_ALL },
};
export const stats: OptionSpec<boolean> = {
  flags: "--stats",
  group: MEMORY,
  help: "print memory by owner at the end",
  parse: onOff,
  stored: { section: FOR_ALL },
};
export const trackAllocations: OptionSpec<string> = {
  flags: "--track-allocations <file>",
  group: MEMORY,
  help: "write every reservation to <file> as JSON lines",
  parse: text,
  stored: { section: FOR_ALL, isPersonal: true },
};

export const noShare: OptionSpec<boolean> = {
  flags: "--no-share",
  group: MEMORY,
  help: "do not share the memory of the cgroup or machine with your other mm jobs: no waiting for them, and they do not see this one",
  parse: onOff,
  stored: { section: FOR_ALL },
};

export const codec: OptionSpec<"h264" | "hevc" | "vp9" | "av1" | "copy"> = {
  flags: "--codec <name>",
  group: PICTURE,
  help: "h264, hevc, vp9 or av1, or copy to leave the picture as it is (default: h264, in WebM vp9)",
  parse: oneOf(["h264", "hevc", "vp9", "av1", "copy"]),
};
export const encoder: OptionSpec<string> = {
  flags: "--encoder <name>",
  group: PICTURE,
  help: "an encoder of ffmpeg, which says the codec: mpeg4, prores_ks, ffv1 (memory is then estimated; rate: --bitrate, else -q:v 3 or its own)",
  parse: text,
};
export const preset: OptionSpec<string> = {
  flags: "--preset <name>",
  group: PICTURE,
  help: "from ultrafast to veryslow, as x264 names them (default: medium)",
  parse: oneOf(ENCODER_PRESETS),
};
export const crf: OptionSpec<number> = {
  flags: "--crf <n>",
  group: PICTURE,
  help: "quality from 0 (best) to 51, for vp9 and av1 63 (default: h264 23, hevc 28, vp9 32, av1 32 to 35 by its encoder)",
  parse: decimalNumber(0, 63),
};
export const bitrate: OptionSpec<number> = {
  flags: "--bitrate <rate>",
  group: PICTURE,
  help: "mean bits per second in place of --crf: 800k, 2.5M (one chunk, so one lane)",
  parse: bitRate,
};
export const twoPass: OptionSpec<boolean> = {
  flags: "--two-pass",
  group: PICTURE,
  help: "with --bitrate: measure the whole input first, then spread the bits",
  parse: onOff,
};
export const scale: OptionSpec<{ readonly width: number; readonly height: number }> = {
  flags: "--scale <size>",
  group: PICTURE,
  help: "size as shown: 1280x720, or 1280x-2 and -2x720 to keep the aspect",
  parse: frameSize,
};
export const fps: OptionSpec<{ readonly num: number; readonly den: number }> = {
  flags: "--fps <rate>",
  group: PICTURE,
  help: "frames per second: 25, 29.97, 30000/1001 (default: the input's frames)",
  parse: frameRate,
};
export const vf: OptionSpec<string> = {
  flags: "--vf <filters>",
  group: PICTURE,
  help: "a chain of ffmpeg filters that give a frame for a frame: crop=640:360,hflip",
  parse: text,
};
export const start: OptionSpec<number> = {
  flags: "--start <time>",
  group: PICTURE,
  help: "begin at this time of the input: seconds, or 1:02:45 (default: 0)",
  parse: timePoint,
};
export const duration: OptionSpec<number> = {
  flags: "--duration <time>",
  group: PICTURE,
  help: "stop after this much of the input: seconds, or 1:02:45 (default: all)",
  parse: timeSpan,
};
export const drop: OptionSpec<readonly Droppable[]> = {
  flags: "--drop <names>",
  group: PICTURE,
  help: "leave out what the output cannot keep: dolby-vision,hdr10+ (default: refuse and name it)",
  parse: listOf(DROPPABLE),
  stored: { isList: true },
};
export const audio: OptionSpec<"copy" | "aac" | "opus" | "none"> = {
  flags: "--audio <what>",
  group: PICTURE,
  help: "copy, aac, opus or none (default: copy where it fits, else aac, in WebM opus)",
  parse: oneOf(["copy", "aac", "opus", "none"]),
};
export const audioBitrate: OptionSpec<number> = {
  flags: "--audio-bitrate <rate>",
  group: PICTURE,
  help: "bits per second of each sound track, which is then encoded: 96k, 192k (default: by its channels)",
  parse: bitRate,
};
export const subtitles: OptionSpec<"copy" | "none"> = {
  flags: "--subtitles <what>",
  group: PICTURE,
  help: "copy or none (default: copy; what cannot be carried is refused)",
  parse: oneOf(["copy", "none"]),
};
export const map: OptionSpec<TranscodeSettings["streams"]> = {
  flags: "--map <stream>",
  group: PICTURE,
  help: "carry these streams alone: v:0, a, s:1, 0:3; or all but those with a minus: -s, -0:3 (repeatable; default: all)",
  parse: streamSpecs,
  isRepeatable: true,
};
export const format: OptionSpec<"mp4" | "mov" | "matroska" | "webm"> = {
  flags: "--format <name>",
  group: PICTURE,
  help: "mp4, mov, matroska or webm (default: what the output's name says)",
  parse: oneOf(["mp4", "mov", "matroska", "webm"]),
};

export const overwrite: OptionSpec<boolean> = {
  flags: "-y, --overwrite",
  group: RUN,
  help: "replace an existing output (default: that is an error)",
  parse: onOff,
};
export const resume: OptionSpec<boolean> = {
  flags: "--resume",
  group: RUN,
  help: "go on from the chunks that an earlier run of the same command finished (default: start over)",
  parse: onOff,
};
export const threads: OptionSpec<number> = {
  flags: "--threads <n>",
  group: RUN,
  help: "cores to use (default: all this process may use)",
  parse: wholeNumber(1, 1024),
};
export const lanes: OptionSpec<number> = {
  flags: "--lanes <n>",
  group: RUN,
  help: "chunks to encode at once, each with its own memory (default: as many as pay and fit)",
  parse: wholeNumber(1, 64),
};
export const verify: OptionSpec<boolean> = {
  flags: "--verify",
  group: RUN,
  help: "compare every frame with the source (default: a sample of four or more)",
  parse: onOff,
};
export const ffmpeg: OptionSpec<string> = {
  flags: "--ffmpeg <path>",
  group: RUN,
  help: "the ffmpeg to use (default: FFMPEG_BIN, node_modules, PATH)",
  parse: text,
  stored: { section: "transcode", isPersonal: true },
};
export const config: OptionSpec<string> = {
  flags: "--config <file>",
  group: RUN,
  help: "TOML file of settings (default: ./mm.toml, then mm/mm.toml in your config folder)",
  parse: text,
  stored: "never",
};
export const dryRun: OptionSpec<boolean> = {
  flags: "--dry-run",
  group: RUN,
  help: "print the plan and stop: exit 0, or 75 when it cannot fit",
  parse: onOff,
};
export const limitExitCode: OptionSpec<number> = {
  flags: "--limit-exit-code <n>",
  group: RUN,
  help: "exit code for 'over the limit', 1 to 255 (default: 75)",
  parse: wholeNumber(1, 255),
};

export const progress: OptionSpec<"auto" | "bar" | "json" | "none"> = {
  flags: "--progress <how>",
  group: SAY,
  help: "on stderr: auto, bar, json or none (default: auto)",
  parse: oneOf(["auto", "bar", "json", "none"]),
};
export const json: OptionSpec<boolean> = {
  flags: "--json",
  group: SAY,
  help: "print the report as JSON on stdout",
  parse: onOff,
};
export const report: OptionSpec<string> = {
  flags: "--report <file>",
  group: SAY,
  help: "write the report as JSON to <file>",
  parse: text,
  stored: { isPersonal: true },
};
export const quiet: OptionSpec<boolean> = {
  flags: "-q, --quiet",
  group: SAY,
  help: "say nothing but warnings and errors",
  parse: onOff,
};
export const verbose: OptionSpec<boolean> = {
  flags: "-v, --verbose",
  group: SAY,
  help: "say more: the whole plan, and what is done underway",
  parse: onOff,
};
export const noColor: OptionSpec<boolean> = {
  flags: "--no-color",
  group: SAY,
  help: "no colours (also NO_COLOR; FORCE_COLOR forces them)",
  parse: onOff,
};
