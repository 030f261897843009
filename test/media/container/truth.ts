/** What ffmpeg shows: decoded frames with their times, counted by nothing of mm's own. */
import { execFileSync } from "node:child_process";
import type { Rational } from "../../../src/media/container/index.ts";
import type { Engine } from "../../../src/media/engine/index.ts";

export function decodedTicks(engine: Engine, path: string, { num, den }: Rational): number[] {
  const args = ["-nostdin", "-v", "fatal", "-copyts", "-noautorotate", "-i", path, "-map", "0:V:0", engine.caps.frameSync, "passthrough"];
  const text = execFileSync(engine.path, [...args, "-enc_time_base", `${num}:${den}`, "-c:v", "rawvideo", "-f", "framecrc", "-"], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return lines.map((line) => Number(line.split(",")[2])).sort((a, b) => a - b);
}
