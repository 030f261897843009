// The measuring clip: hard to compress, the same bytes everywhere, a key frame every 2 s.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const folder = join(tmpdir(), "mm-bench");

/** @returns the clip's path; it is made once and kept */
export function measuringClip(size, seconds, ffmpeg) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `mandelbrot-${size}-${seconds}s.mp4`);
  if (existsSync(path)) return path;
  const sources = [
    "-f",
    "lavfi",
    "-i",
    `mandelbrot=s=${size}:r=30:maxiter=200`,
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=440:sample_rate=48000",
  ];
  const noise = ["-vf", "noise=alls=6:allf=t", "-t", String(seconds), "-pix_fmt", "yuv420p"];
  execFileSync(ffmpeg, [
    "-v",
    "error",
    "-y",
    ...sources,
    ...noise,
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-g",
    "60",
    "-c:a",
    "aac",
    path,
  ]);
  return path;
}
