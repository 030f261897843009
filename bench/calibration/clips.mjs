// Clips for calibration, made by lavfi: a test picture that moves, with noise so that no block is trivial.
import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";

const SIZES = { "480p": [854, 480, 120], "1080p": [1920, 1080, 60], "4k": [3840, 2160, 24] };

const x264 = (preset, format) => ["-c:v", "libx264", "-preset", preset, "-pix_fmt", format];
const x265 = (format) => ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error", "-pix_fmt", format];
const vpx = (encoder, format) => ["-c:v", encoder, "-deadline", "realtime", "-cpu-used", "8", "-b:v", "6M", "-pix_fmt", format];
const svt = (format) => ["-c:v", "libsvtav1", "-preset", "12", "-crf", "35", "-pix_fmt", format];
const other = (encoder, format, ...more) => ["-c:v", encoder, "-pix_fmt", format, ...more];
const clip = (codec, dpbFrames, container, encoder, more = {}) => ({ codec, dpbFrames, container, encoder, ...DEFAULTS, ...more });
const DEFAULTS = { bitDepth: 8, chroma: "4:2:0" };

/** What the encoder settings of a clip make a decoder hold: libvpx without a second pass fills three of VP9's eight slots, SVT-AV1 all. */
const KINDS = {
  h264: clip("h264", 4, "mp4", x264("veryfast", "yuv420p")),
  "h264-plain": clip("h264", 1, "mp4", x264("ultrafast", "yuv420p")),
  "h264-10": clip("h264", 4, "mp4", x264("veryfast", "yuv420p10le"), { bitDepth: 10 }),
  // x265 ultrafast writes coding blocks of 16 to 32 samples.
  hevc: clip("hevc", 5, "mp4", x265("yuv420p"), { codingBlocks: { largest: 32, smallest: 16 } }),
  "hevc-10": clip("hevc", 5, "mp4", x265("yuv420p10le"), { bitDepth: 10, codingBlocks: { largest: 32, smallest: 16 } }),
  vp8: clip("vp8", 3, "matroska", vpx("libvpx", "yuv420p")),
  vp9: clip("vp9", 3, "matroska", vpx("libvpx-vp9", "yuv420p")),
  "vp9-10": clip("vp9", 3, "matroska", vpx("libvpx-vp9", "yuv420p10le"), { bitDepth: 10 }),
  "vp9-444": clip("vp9", 3, "matroska", vpx("libvpx-vp9", "yuv444p"), { chroma: "4:4:4" }),
  av1: clip("av1", 8, "matroska", svt("yuv420p")),
  "av1-10": clip("av1", 8, "matroska", svt("yuv420p10le"), { bitDepth: 10 }),
  mpeg2: clip("mpeg2video", 3, "mov", other("mpeg2video", "yuv420p", "-bf", "2", "-qscale:v", "4")),
  "mpeg2-422": clip("mpeg2video", 3, "mov", other("mpeg2video", "yuv422p", "-bf", "2", "-qscale:v", "4"), { chroma: "4:2:2" }),
  mpeg4: clip("mpeg4", 3, "mov", other("mpeg4", "yuv420p", "-bf", "2", "-qscale:v", "4")),
  mjpeg: clip("mjpeg", 1, "mov", other("mjpeg", "yuvj420p", "-qscale:v", "4")),
  "mjpeg-444": clip("mjpeg", 1, "mov", other("mjpeg", "yuvj444p", "-qscale:v", "4"), { chroma: "4:4:4" }),
  prores: clip("prores", 1, "mov", other("prores_ks", "yuv422p10le", "-profile:v", "3"), { bitDepth: 10, chroma: "4:2:2" }),
  ffv1: clip("ffv1", 1, "matroska", other("ffv1", "yuv420p", "-level", "3", "-slices", "4")),
  "ffv1-10": clip("ffv1", 1, "matroska", other("ffv1", "yuv422p10le", "-level", "3", "-slices", "16"), { bitDepth: 10, chroma: "4:2:2" }),
  raw: clip("rawvideo", 1, "avi", other("rawvideo", "yuv420p")),
  huffyuv: clip("ffvhuff", 16, "avi", other("ffvhuff", "yuv420p")),
  dnxhr: clip("dnxhd", 16, "mov", other("dnxhd", "yuv422p", "-profile:v", "dnxhr_hq"), { chroma: "4:2:2" }),
};

/** The clip as a decoder shape, made on first use. The codec is ffmpeg's name for it. */
export function clipOf(size, kind, folder, maker) {
  const [width, height, frames] = SIZES[size];
  const { encoder, container, ...stream } = KINDS[kind];
  const path = join(folder, `${size}-${kind}.${container === "matroska" ? "mkv" : container}`);
  if (!existsSync(path)) {
    const picture = `testsrc2=s=${width}x${height}:r=30,noise=alls=6:allf=t`;
    const args = ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", picture, "-frames:v", String(frames), ...encoder, path];
    execFileSync(maker.path, args, { stdio: ["ignore", "ignore", "inherit"], env: { ...process.env, SVT_LOG: "1" } });
  }
  const { size: byteLength } = statSync(path);
  const packetBytes = Math.round(byteLength / frames);
  return { path, frames, container, byteLength, decoder: { ...stream, width, height, threads: 1, packetBytes } };
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
