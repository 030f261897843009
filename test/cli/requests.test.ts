import { expect, test } from "vitest";
import { SettingsSource } from "../../src/cli/option-spec.ts";
import * as options from "../../src/cli/options.ts";
import { doctorRequest, transcodeRequest } from "../../src/cli/requests.ts";
import { memorySettings } from "../../src/cli/settings/memory-settings.ts";
import type { TranscodeSettings } from "../../src/commands/index.ts";

function settings(args: string[], flags: Record<string, unknown> = {}, env: NodeJS.ProcessEnv = {}): TranscodeSettings {
  const request = transcodeRequest(args, new SettingsSource(flags, env, Object.values(options)), env);
  if (request.command !== "transcode") throw new Error("not a transcode");
  return request.settings;
}

test("a bare transcode has every setting explicit", () => {
  expect(settings(["in.mp4", "out.mp4"], {}, { PATH: "/bin", HOME: "/home/me" })).toEqual({
    input: "in.mp4",
    output: "out.mp4",
    maxMemoryBytes: undefined,
    maxMemorySource: undefined,
    memory: memorySettings(new SettingsSource({}, {}, [])),
    maxDiskBytes: undefined,
    tempDir: undefined,
    overwrite: false,
    resume: false,
    threads: undefined,
    lanes: undefined,
    codec: undefined,
    format: undefined,
    encoder: undefined,
    preset: undefined,
    crf: undefined,
    bitsPerSecond: undefined,
    twoPass: false,
    encoderWords: [],
    startSeconds: 0,
    frameRate: undefined,
    size: undefined,
    filters: undefined,
    durationSeconds: undefined,
    dropped: [],
    audio: undefined,
    audioBitsPerSecond: undefined,
    subtitles: undefined,
    streams: [],
    keepSettings: false,
    verify: false,
    dryRun: false,
    isShared: true,
    trackAllocations: undefined,
    monitorIntervalMs: 20,
    ffmpegPath: undefined,
    searchPath: "/bin",
    cacheDir: "/home/me/.cache/mm",
  });
});

test("what decides the bits must be one thing", () => {
  expect(settings(["a", "b"], { bitrate: "2M", twoPass: true })).toMatchObject({ bitsPerSecond: 2_000_000, twoPass: true, crf: undefined });
  expect(() => settings(["a", "b"], { bitrate: "2M", crf: "20" })).toThrow("--crf and --bitrate exclude each other");
  expect(() => settings(["a", "b"], { twoPass: true })).toThrow("--two-pass needs --bitrate");
});

test("streams come one by one, or in the environment with commas", () => {
  const texts = (flags: Record<string, unknown>, env: NodeJS.ProcessEnv = {}) =>
    settings(["a", "b"], flags, env).streams.map(({ text }) => text);
  expect(texts({ map: "v:0,-0:3" })).toEqual(["v:0", "-0:3"]);
  expect(texts({}, { MM_MAP: "v:0, a?" })).toEqual(["v:0", "a?"]);
});

test("a copied picture takes no option of an encoder, but what the environment sets for all calls is passed over", () => {
  expect(settings(["a", "b"], { codec: "copy", audio: "aac" }, { MM_PRESET: "fast", MM_CRF: "20" })).toMatchObject({ codec: "copy" });
  for (const flags of [
    { crf: "20" },
    { preset: "fast" },
    { start: "1" },
    { duration: "1" },
    { verify: true },
    { lanes: "2" },
    { vf: "hflip" },
  ]) {
    expect(() => settings(["a", "b"], { codec: "copy", ...flags })).toThrow(
      /needs an encoder, and --codec copy leaves the picture as it is/,
    );
  }
});

test("a bit rate of sound needs sound that is encoded", () => {
  expect(settings(["a", "b"], { audioBitrate: "96k" })).toMatchObject({ audio: undefined, audioBitsPerSecond: 96_000 });
  expect(() => settings(["a", "b"], { audioBitrate: "96k", audio: "copy" })).toThrow(
    "--audio-bitrate needs an encoder, and --audio copy has none",
  );
});

test("rates and sizes are read as people write them", () => {
  const read = settings(["a", "b"], { fps: "29.97", scale: "1280x-2", start: "1:30", bitrate: "1.5M" });
  expect(read).toMatchObject({
    frameRate: { num: 30_000, den: 1001 },
    size: { width: 1280, height: -2 },
    startSeconds: 90,
    bitsPerSecond: 1.5e6,
  });
  expect(settings(["a", "b"], { fps: "12.5" }).frameRate).toEqual({ num: 12_500, den: 1000 });
  for (const wrong of [{ fps: "0" }, { fps: "1/0" }, { scale: "-2x-2" }, { scale: "8x8" }, { bitrate: "2G" }, { start: "-1" }]) {
    expect(() => settings(["a", "b"], wrong)).toThrow(/needs/);
  }
});

test("the limit carries its source", () => {
  expect(settings(["a", "b"], { maxMemory: "300M" })).toMatchObject({ maxMemoryBytes: 300 * 1024 ** 2, maxMemorySource: "flag" });
  expect(settings(["a", "b"], {}, { MM_MAX_MEMORY: "1G" })).toMatchObject({ maxMemoryBytes: 1024 ** 3, maxMemorySource: "env" });
});

test("the engine is named by --ffmpeg, then MM_FFMPEG, then FFMPEG_BIN", () => {
  const env = { MM_FFMPEG: "/env", FFMPEG_BIN: "/bin" };
  expect(settings(["a", "b"], { ffmpeg: "/flag" }, env).ffmpegPath).toEqual({ path: "/flag", origin: "--ffmpeg" });
  expect(settings(["a", "b"], {}, env).ffmpegPath).toEqual({ path: "/env", origin: "MM_FFMPEG" });
  expect(settings(["a", "b"], {}, { FFMPEG_BIN: "/bin" }).ffmpegPath).toEqual({ path: "/bin", origin: "FFMPEG_BIN" });
});

test("the cache follows XDG_CACHE_HOME unless that is relative", () => {
  expect(settings(["a", "b"], {}, { XDG_CACHE_HOME: "/cache", HOME: "/me" }).cacheDir).toBe("/cache/mm");
  expect(settings(["a", "b"], {}, { XDG_CACHE_HOME: "cache", HOME: "/me" }).cacheDir).toBe("/me/.cache/mm");
  expect(settings(["a", "b"], {}, {}).cacheDir).toBeUndefined();
});

test("stdout as output is refused with 69, and with 64 when --json wants it too", () => {
  expect(() => settings(["a", "-"])).toThrow(expect.objectContaining({ exitCode: 69 }));
  expect(() => settings(["a", "-"], { json: true })).toThrow(
    expect.objectContaining({ exitCode: 64, hint: expect.stringContaining("--report") }),
  );
});

test("--resume needs an input that can be read again", () => {
  expect(settings(["a", "b"], { resume: true }).resume).toBe(true);
  expect(() => settings(["-", "b"], { resume: true })).toThrow(
    expect.objectContaining({ exitCode: 64, message: expect.stringMatching(/^--resume needs .* standard input cannot$/) }),
  );
  expect(() => settings(["-", "b"], {}, { MM_RESUME: "1" })).toThrow(/^MM_RESUME needs/);
  expect(settings(["-", "b"], {}, { MM_RESUME: "0" }).resume).toBe(false);
});

const SAME_FILE: [args: string[], flags: Record<string, string>, message: string][] = [
  [["a.mp4", "./a.mp4"], {}, "the output and the input are the same file"],
  [["a.mp4", "b.mp4"], { report: "a.mp4" }, "--report and the input are the same file"],
  [["a.mp4", "b.mp4"], { trackAllocations: "x/../b.mp4" }, "--track-allocations and the output are the same file"],
  [["a.mp4", "b.mp4"], { report: "r", trackAllocations: "r" }, "--track-allocations and --report are the same file"],
];

test.each(SAME_FILE)("%j with %j is refused: one would destroy the other", (args, flags, message) => {
  expect(() => settings(args, flags)).toThrow(message);
});

test("the doctor looks at the working folder and where temporary files go", () => {
  const request = doctorRequest([], new SettingsSource({}, {}, Object.values(options)), { TMPDIR: "/scratch" });
  expect(request).toMatchObject({ command: "doctor", settings: { folders: [process.cwd(), "/scratch"] } });
});
