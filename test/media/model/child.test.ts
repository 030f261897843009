import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import {
  aomSettings,
  dataLimitSlackBytes,
  type EncoderSettings,
  encoderArgs,
  encoderName,
  type LaneShape,
  loweringLadder,
  predictLane,
  svtSettings,
  vp9Settings,
  x264Settings,
  x265Settings,
} from "../../../src/media/model/index.ts";

/** 854 x 480, H.264 with B-frames, 120 frames. */
const clip = fileURLToPath(new URL("../../../fixtures/clip.mp4", import.meta.url));
const picture = { width: 854, height: 480, bitDepth: 8, chroma: "4:2:0" } as const;
const version = spawnSync("ffmpeg", ["-version"], { encoding: "utf8" }).stdout ?? "";
const encoders = spawnSync("ffmpeg", ["-hide_banner", "-encoders"], { encoding: "utf8" }).stdout ?? "";
const [, major, minor] = /ffmpeg version (\d+)\.(\d+)/.exec(version) ?? [];
if (major === undefined) console.log("skipped: no release of ffmpeg in PATH to hold the model against");

function laneOf(encoder: EncoderSettings, frames: number): LaneShape {
  const engine = { major: Number(major), minor: Number(minor), isStatic: false };
  return { ...picture, engine, decoder: { ...picture, codec: "h264", dpbFrames: 4, threads: 1 }, encoder, frames };
}

type Peak = { code: number | null; errors: string; anonBytes: number; dataBytes: number };

function encode(encoder: EncoderSettings, frames: number): Promise<Peak> {
  const more = encoder.codec === "hevc" ? ["log-level=error"] : [];
  const input = [
    "-nostdin",
    "-v",
    "error",
    "-threads",
    "1",
    "-i",
    clip,
    "-map",
    "0:v:0",
    "-frames:v",
    String(frames),
    "-filter_threads",
    "1",
  ];
  const child = spawn("ffmpeg", [...input, ...encoderArgs(encoder, more), "-f", "null", "-"], {
    env: { ...process.env, MALLOC_ARENA_MAX: "2", SVT_LOG: "1" },
  });
  const peak: Peak = { code: null, errors: "", anonBytes: 0, dataBytes: 0 };
  child.stderr.on("data", (text) => {
    peak.errors += text;
  });
  const timer = setInterval(() => {
    try {
      const status = readFileSync(`/proc/${child.pid}/status`, "latin1");
      const bytes = (name: string) => 1024 * Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      peak.anonBytes = Math.max(peak.anonBytes, bytes("RssAnon"));
      peak.dataBytes = Math.max(peak.dataBytes, bytes("VmData"));
    } catch {
      // It has ended between two samples.
    }
  }, 5);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      clearInterval(timer);
      resolve({ ...peak, code });
    });
  });
}

/** Sizes and hashes of the packets of a few small pictures. */
function packetsOf(encoder: EncoderSettings): string[] {
  const rate = encoder.codec === "av1" || encoder.codec === "vp9" ? ["-crf", "35"] : [];
  const args = ["-nostdin", "-v", "error", "-i", clip, "-map", "0:v:0", "-frames:v", "12", "-vf", "scale=426:240"];
  const { stdout, stderr } = spawnSync("ffmpeg", [...args, ...encoderArgs(encoder), ...rate, "-f", "framemd5", "-"], {
    encoding: "utf8",
    env: { ...process.env, SVT_LOG: "1" },
  });
  const lines = stdout.split("\n").filter((line) => /^\d/.test(line));
  if (lines.length === 0) throw new Error(stderr);
  return lines.map((line) => line.split(",").slice(4, 6).join(","));
}

const frameRate = { num: 30, den: 1 };
const release = { major: Number(major), minor: Number(minor), isStatic: false };
const vp9 = (preset: "superfast" | "ultrafast", threads: number) => ({ codec: "vp9", ...vp9Settings(preset, threads) }) as const;
const svt = (lp: 1 | 2) => ({ codec: "av1", encoder: "libsvtav1", ...svtSettings("ultrafast", lp) }) as const;
const aom = (threads: number) => ({ codec: "av1", encoder: "libaom-av1", ...aomSettings("ultrafast", threads, release), lag: 5 }) as const;
const all: EncoderSettings[] = [
  { codec: "h264", ...x264Settings("veryfast", 3), frameRate },
  { codec: "hevc", ...x265Settings("ultrafast", 2), frameRate },
  vp9("superfast", 2),
  // With two processors it depends on their load how far SVT-AV1's pipeline fills.
  svt(1),
];
const wanted = all.filter((settings) => encoders.includes(` ${encoderName(settings)} `));

describe.skipIf(major === undefined)("an ffmpeg child", () => {
  it.each(wanted.map((settings) => [settings.codec, settings] as const))(
    "of %s stays within its forecast and its fuse",
    async (_, settings) => {
      const shape = laneOf(settings, 120);
      const planned = predictLane(shape).totalBytes;
      const peak = await encode(settings, 120);
      expect(peak.errors).toBe("");
      expect(peak.anonBytes / planned).toBeLessThanOrEqual(1.03);
      expect(planned / peak.anonBytes).toBeLessThanOrEqual(1.25);
      expect(peak.dataBytes).toBeLessThan(1.15 * planned + dataLimitSlackBytes(shape));
    },
  );

  it.each<[string, EncoderSettings, EncoderSettings[]]>([
    ["libvpx-vp9 that shares rows", vp9("superfast", 2), [vp9("superfast", 2), vp9("superfast", 4)]],
    ["libvpx-vp9 that shares tiles", vp9("ultrafast", 2), [vp9("ultrafast", 4)]],
    ["libsvtav1", svt(2), [svt(2), svt(1)]],
    ["libaom-av1", aom(2), [aom(4)]],
  ])("of %s makes the same packets in every run and with any number of threads", (_, settings, others) => {
    if (!encoders.includes(` ${encoderName(settings)} `)) return console.log(`skipped: this ffmpeg has no ${encoderName(settings)}`);
    const packets = packetsOf(settings);
    for (const other of others) expect(packetsOf(other)).toEqual(packets);
  });

  it.each(wanted.map((settings) => [settings.codec, settings] as const))("of %s accepts every step of the ladder", async (_, settings) => {
    for (const step of loweringLadder(settings, laneOf(settings, 20), 2)) {
      const { code, errors } = await encode(step, 20);
      expect({ code, errors, step }).toEqual({ code: 0, errors: "", step });
    }
  });
});
