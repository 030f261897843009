// Clips for calibration, made by lavfi: a test picture that moves, with noise so that no block is trivial.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const SIZES = { "480p": [854, 480, 120], "1080p": [1920, 1080, 60], "4k": [3840, 2160, 24] };

/** What the encoder settings of a clip make a decoder hold. */
const KINDS = {
  h264: { codec: "h264", bitDepth: 8, dpbFrames: 4, encoder: ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p"] },
  "h264-plain": { codec: "h264", bitDepth: 8, dpbFrames: 1, encoder: ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"] },
  "h264-10": { codec: "h264", bitDepth: 10, dpbFrames: 4, encoder: ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p10le"] },
  hevc: { codec: "hevc", bitDepth: 8, dpbFrames: 5, encoder: ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p"] },
  "hevc-10": { codec: "hevc", bitDepth: 10, dpbFrames: 5, encoder: ["-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le"] },
};

/** The clip as a decoder shape, made on first use. x265 ultrafast writes coding blocks of 16 to 32 samples. */
export function clipOf(size, kind, folder, maker) {
  const [width, height, frames] = SIZES[size];
  const { codec, bitDepth, dpbFrames, encoder } = KINDS[kind];
  const path = join(folder, `${size}-${kind}.mp4`);
  if (!existsSync(path)) {
    const picture = `testsrc2=s=${width}x${height}:r=30,noise=alls=6:allf=t`;
    const quiet = codec === "hevc" ? ["-x265-params", "log-level=error"] : [];
    const args = ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-frames:v", String(frames), ...encoder, ...quiet, path];
    execFileSync(maker.path, args, { stdio: ["ignore", "ignore", "inherit"] });
  }
  const codingBlocks = codec === "hevc" ? { codingBlocks: { largest: 32, smallest: 16 } } : {};
  return { path, frames, decoder: { codec, width, height, bitDepth, chroma: "4:2:0", dpbFrames, threads: 1, ...codingBlocks } };
}

/** An MP4 of 64 x 64 pixels and many samples: its index is what costs memory. */
export function longClip(samples, folder, maker) {
  const path = join(folder, `long-${samples}.mp4`);
  if (existsSync(path)) return path;
  const part = join(folder, "long-part.mp4");
  const partFrames = 2000;
  const quiet = ["-nostdin", "-v", "error", "-y"];
  const source = ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=50", "-frames:v", String(partFrames)];
  execFileSync(maker.path, [...quiet, ...source, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", part]);
  execFileSync(maker.path, [...quiet, "-stream_loop", String(samples / partFrames - 1), "-i", part, "-c", "copy", path]);
  return path;
}
