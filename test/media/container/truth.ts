/** What ffmpeg shows: decoded frames with their times, counted by nothing of mm's own. */
import { execFileSync } from "node:child_process";
import type { Rational } from "../../../src/media/container/index.ts";
import type { Engine } from "../../../src/media/engine/index.ts";

/** @param video - as ffmpeg's -map wants it */
export function decodedTicks(engine: Engine, path: string, timeBase: Rational, video = "0:V:0"): number[] {
  return listFrames(engine, path, timeBase, [], ["-map", video]);
}

/** Frames from a tick on, when the demuxer is sent to that tick, as the children that encode chunks do. */
export function ticksFrom(engine: Engine, path: string, timeBase: Rational, tick: number): number[] {
  const { num, den } = timeBase;
  const seconds = (Math.ceil((tick * num * 1e6) / den) / 1e6).toFixed(6);
  const seek = ["-seek_timestamp", "1", "-ss", seconds, "-noaccurate_seek"];
  return listFrames(engine, path, timeBase, seek, ["-map", "0:V:0", "-vf", `settb=${num}/${den},trim=start_pts=${tick}`]);
}

function listFrames(engine: Engine, path: string, { num, den }: Rational, before: readonly string[], after: readonly string[]): number[] {
  const input = ["-nostdin", "-v", "fatal", "-copyts", "-noautorotate", ...before, "-i", path, ...after];
  const output = [engine.caps.frameSync, "passthrough", "-enc_time_base", `${num}:${den}`, "-c:v", "rawvideo", "-f", "framecrc", "-"];
  const text = execFileSync(engine.path, [...input, ...output], { encoding: "utf8", maxBuffer: 1 << 28 });
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => Number(line.split(",")[2])).sort((a, b) => a - b);
}
