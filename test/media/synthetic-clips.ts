/** Small clips made by an engine itself, one per property that has misled an indexer. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export type ClipRecipe = {
  readonly name: string;
  /** Arguments before the output; `{base}` is a clip made before. */
  readonly args: readonly string[];
};

const PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=2"];
const SOUND = ["-f", "lavfi", "-i", "sine=d=2"];
const X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1"];
const X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-threads", "1"];
const HDR10 =
  "log-level=error:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400";
/** Nothing but the picture's rate is constant here: frames are dropped and moved by pseudo-random amounts. */
const UNEVEN = "select='mod(n,7)*mod(n,3)',setpts='PTS+floor(mod(N*7919,13)/13/TB/50)'";

export const RECIPES: readonly ClipRecipe[] = [
  { name: "base.mp4", args: [...PICTURE, ...SOUND, ...X264, "-g", "12", "-c:a", "aac"] },
  { name: "open-gop.mp4", args: [...PICTURE, ...X264, "-g", "10", "-x264-params", "open-gop=1:bframes=3:b-pyramid=2"] },
  { name: "no-b-frames.mp4", args: [...PICTURE, ...X264, "-bf", "0", "-video_track_timescale", "90000"] },
  { name: "uneven.mp4", args: [...PICTURE, "-vf", UNEVEN, "-vsync", "passthrough", "-enc_time_base", "1:1000", ...X264] },
  { name: "ntsc.mp4", args: ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=24000/1001:d=2", ...X264] },
  {
    name: "late.mp4",
    args: ["-itsoffset", "1.6", ...PICTURE, ...SOUND, "-map", "0:v", "-map", "1:a", ...X264, "-vsync", "passthrough", "-c:a", "aac"],
  },
  {
    name: "early.mp4",
    args: ["-itsoffset", "-0.5", ...PICTURE, ...SOUND, "-map", "0:v", "-map", "1:a", ...X264, "-vsync", "passthrough", "-c:a", "aac"],
  },
  { name: "cut.mp4", args: ["-ss", "0.7", "-i", "{base.mp4}", "-c", "copy"] },
  { name: "cut.mov", args: ["-ss", "0.7", "-t", "0.9", "-i", "{base.mp4}", "-c", "copy"] },
  { name: "cut-open-gop.mp4", args: ["-ss", "0.7", "-i", "{open-gop.mp4}", "-c", "copy"] },
  { name: "two-videos.mp4", args: [...PICTURE, "-f", "lavfi", "-i", "testsrc=s=64x64:r=30:d=1", "-map", "0", "-map", "1", ...X264] },
  { name: "two-videos.mkv", args: ["-i", "{two-videos.mp4}", "-map", "0", "-c", "copy"] },
  { name: "two-videos.ts", args: ["-i", "{two-videos.mp4}", "-map", "0", "-c", "copy"] },
  { name: "sound-first.mp4", args: [...SOUND, ...PICTURE, "-map", "0", "-map", "1", ...X264, "-c:a", "aac"] },
  { name: "interlaced.mp4", args: [...PICTURE, ...X264, "-flags", "+ilme+ildct", "-x264-params", "tff=1"] },
  { name: "h264-422-10.mp4", args: [...PICTURE, "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv422p10le"] },
  { name: "sar.mp4", args: [...PICTURE, ...X264, "-vf", "setsar=4/3"] },
  {
    name: "bt2020.mp4",
    args: [
      ...PICTURE,
      ...X264,
      "-color_primaries",
      "bt2020",
      "-color_trc",
      "arib-std-b67",
      "-colorspace",
      "bt2020nc",
      "-color_range",
      "tv",
    ],
  },
  {
    name: "hdr10.mp4",
    args: [...PICTURE, ...X265, "-x265-params", HDR10, "-pix_fmt", "yuv420p10le", "-color_trc", "smpte2084", "-tag:v", "hvc1"],
  },
  { name: "hevc-open-gop.mp4", args: [...PICTURE, ...X265, "-x265-params", "log-level=error:open-gop=1:keyint=10", "-pix_fmt", "yuv420p"] },
  { name: "turned.mp4", args: ["-i", "{base.mp4}", "-c", "copy", "-metadata:s:v:0", "rotate=270"] },
  {
    name: "cover.mp4",
    args: ["-i", "{base.mp4}", "-i", "{cover.png}", "-map", "0", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic"],
  },
  { name: "cover.mkv", args: ["-i", "{base.mp4}", "-c", "copy", "-attach", "{cover.png}", "-metadata:s:t", "mimetype=image/png"] },
  {
    name: "words.mp4",
    args: [
      "-i",
      "{base.mp4}",
      "-i",
      "{words.srt}",
      "-i",
      "{chapters.txt}",
      "-map",
      "0",
      "-map",
      "1",
      "-map_metadata",
      "2",
      "-c",
      "copy",
      "-c:s",
      "mov_text",
    ],
  },
  {
    name: "words.mkv",
    args: [
      "-i",
      "{base.mp4}",
      "-i",
      "{words.srt}",
      "-i",
      "{chapters.txt}",
      "-map",
      "0",
      "-map",
      "1",
      "-map_metadata",
      "2",
      "-c",
      "copy",
      "-c:s",
      "srt",
    ],
  },
  { name: "uneven.mkv", args: ["-i", "{uneven.mp4}", "-c", "copy"] },
  { name: "ntsc.mkv", args: ["-i", "{ntsc.mp4}", "-c", "copy"] },
  { name: "fragments.mp4", args: ["-i", "{open-gop.mp4}", "-c", "copy", "-movflags", "+frag_keyframe+empty_moov"] },
  { name: "half-fragments.mp4", args: ["-i", "{cut.mp4}", "-c", "copy", "-movflags", "+frag_keyframe"] },
  { name: "stream.ts", args: ["-i", "{base.mp4}", "-c", "copy"] },
  { name: "mpeg2.ts", args: [...PICTURE, "-c:v", "mpeg2video", "-bf", "2"] },
  { name: "mpeg4.avi", args: [...PICTURE, "-c:v", "mpeg4", "-bf", "2"] },
  { name: "prores.mov", args: [...PICTURE, "-c:v", "prores"] },
];

/** Makes every clip in a folder. @returns paths by name */
export function makeClips(ffmpeg: string, folder: string, write: (path: string, text: string) => void): Map<string, string> {
  const paths = new Map<string, string>();
  const pathOf = (name: string): string => {
    const path = join(folder, name);
    paths.set(name, path);
    return path;
  };
  const make = (args: readonly string[], path: string): void => {
    execFileSync(ffmpeg, ["-v", "error", "-nostdin", "-y", ...args, path], { stdio: ["ignore", "ignore", "pipe"] });
  };
  write(pathOf("words.srt"), "1\n00:00:00,500 --> 00:00:01,500\nhello\n");
  write(
    pathOf("chapters.txt"),
    ";FFMETADATA1\ntitle=A title\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=one\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=two\n",
  );
  make(["-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1"], pathOf("cover.png"));
  for (const { name, args } of RECIPES) {
    const filled = args.map((arg) => (arg.startsWith("{") ? (paths.get(arg.slice(1, -1)) ?? arg) : arg));
    make(filled, pathOf(name));
  }
  return paths;
}
