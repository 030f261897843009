/** Small clips of every container and codec that mm reads, each with something an index could get wrong. */
import type { MediaIndex } from "../../../src/media/container/index.ts";

export type Animal = {
  /** Its ending names the container. */
  readonly name: string;
  /** Arguments before the output; `{name}` is a clip made before. */
  readonly args: readonly string[];
  readonly canSeek: boolean;
  /** What must stand in the index of its video. */
  readonly video?: Partial<MediaIndex["video"]>;
};

const PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1.6"];
const X264 = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-threads", "1", "-g", "12"];
const X265 = ["-c:v", "libx265", "-preset", "ultrafast", "-threads", "1", "-pix_fmt", "yuv420p", "-x265-params"];
const VP9 = ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-g", "12"];
const MPEG2 = ["-c:v", "mpeg2video", "-bf", "2", "-g", "12"];
const FIELDS = ["-flags", "+ilme+ildct"];
const copyOf = (name: string): string[] => ["-i", `{${name}}`, "-map", "0", "-c", "copy"];

export const ZOO: readonly Animal[] = [
  { name: "h264.mp4", args: [...PICTURE, ...X264], canSeek: true },
  { name: "h264.mov", args: copyOf("h264.mp4"), canSeek: true },
  { name: "h264.mkv", args: copyOf("h264.mp4"), canSeek: true },
  { name: "h264.ts", args: copyOf("h264.mp4"), canSeek: true },
  { name: "h264.flv", args: copyOf("h264.mp4"), canSeek: false },
  // AVI gives decoding times only.
  { name: "h264.avi", args: copyOf("h264.mp4"), canSeek: false },
  { name: "h264.nut", args: copyOf("h264.mp4"), canSeek: false, video: { fieldOrder: "progressive" } },
  { name: "fragments.mp4", args: [...copyOf("h264.mp4"), "-movflags", "+frag_keyframe+empty_moov"], canSeek: true },
  { name: "late.ts", args: ["-itsoffset", "9.5", ...copyOf("h264.mp4")], canSeek: true },
  { name: "clock-wraps.ts", args: [...copyOf("h264.mp4"), "-output_ts_offset", "95442.5"], canSeek: true },
  { name: "live.mkv", args: [...copyOf("h264.mp4"), "-live", "1"], canSeek: true },
  { name: "hevc.mp4", args: [...PICTURE, ...X265, "log-level=error:keyint=12:open-gop=1", "-tag:v", "hvc1"], canSeek: true },
  { name: "hevc.mkv", args: copyOf("hevc.mp4"), canSeek: true },
  // Its keyframes are shown later than ffmpeg aims ahead of them.
  { name: "hevc.ts", args: copyOf("hevc.mp4"), canSeek: false },
  { name: "fields.mp4", args: [...PICTURE, ...X265, "log-level=error:interlace=tff"], canSeek: true, video: { fieldOrder: "interlaced" } },
  { name: "vp8.webm", args: [...PICTURE, "-c:v", "libvpx", "-g", "12"], canSeek: true },
  { name: "vp9.webm", args: [...PICTURE, ...VP9], canSeek: true, video: { fieldOrder: "progressive" } },
  { name: "vp9.mp4", args: copyOf("vp9.webm"), canSeek: true },
  { name: "vp9.ivf", args: copyOf("vp9.webm"), canSeek: false },
  { name: "alpha.webm", args: [...PICTURE, ...VP9, "-pix_fmt", "yuva420p"], canSeek: true, video: { sideData: ["alpha"] } },
  { name: "av1.mkv", args: [...PICTURE, "-c:v", "libaom-av1", "-cpu-used", "8", "-g", "12", "-strict", "-2"], canSeek: true },
  { name: "av1.mp4", args: [...copyOf("av1.mkv"), "-strict", "-2"], canSeek: true },
  { name: "mpeg2.ts", args: [...PICTURE, ...MPEG2, "-vf", "setfield=tff", ...FIELDS], canSeek: true, video: { fieldOrder: "tff" } },
  { name: "mpeg2.mov", args: copyOf("mpeg2.ts"), canSeek: true, video: { fieldOrder: "tff" } },
  { name: "mpeg2.mkv", args: copyOf("mpeg2.ts"), canSeek: true, video: { fieldOrder: "tff" } },
  { name: "mpeg2.mpg", args: [...copyOf("mpeg2.ts"), "-f", "mpeg"], canSeek: false, video: { fieldOrder: "tff" } },
  { name: "mpeg4.avi", args: [...PICTURE, "-c:v", "mpeg4", "-g", "12", "-vf", "setfield=bff", ...FIELDS, "-top", "0"], canSeek: true },
  { name: "b-frames.avi", args: [...PICTURE, "-c:v", "mpeg4", "-bf", "2", "-g", "12"], canSeek: false },
  { name: "mpeg4.mp4", args: [...PICTURE, "-c:v", "mpeg4", "-bf", "2", "-g", "12"], canSeek: true },
  { name: "mjpeg.mov", args: [...PICTURE, "-c:v", "mjpeg", "-pix_fmt", "yuvj420p"], canSeek: true },
  { name: "mjpeg.avi", args: copyOf("mjpeg.mov"), canSeek: true },
  {
    name: "prores.mov",
    args: [...PICTURE, "-c:v", "prores_ks", "-pix_fmt", "yuva444p10le"],
    canSeek: true,
    video: { sideData: ["alpha"] },
  },
  { name: "ffv1.mkv", args: [...PICTURE, "-c:v", "ffv1", "-pix_fmt", "yuv422p10le"], canSeek: true, video: { bitDepth: 10 } },
  { name: "rgb.mkv", args: [...PICTURE, "-c:v", "ffv1", "-pix_fmt", "bgra"], canSeek: true, video: { sideData: ["alpha"] } },
  { name: "raw.mov", args: [...PICTURE, "-c:v", "rawvideo", "-pix_fmt", "uyvy422"], canSeek: true, video: { chroma: "4:2:2" } },
  { name: "theora.ogv", args: [...PICTURE, "-c:v", "libtheora", "-g", "12"], canSeek: false },
  { name: "wmv.asf", args: [...PICTURE, "-c:v", "wmv2", "-g", "12"], canSeek: false },
  {
    name: "fields.y4m",
    args: [...PICTURE, "-vf", "fps=30000/1001,setfield=tff,setsar=4/3", "-pix_fmt", "yuv420p"],
    canSeek: true,
    video: { fieldOrder: "tff", sar: { num: 4, den: 3 }, frameRate: { num: 30_000, den: 1001 } },
  },
  { name: "deep.y4m", args: [...PICTURE, "-pix_fmt", "yuv422p10le", "-strict", "-1"], canSeek: true, video: { bitDepth: 10 } },
  { name: "odd.y4m", args: ["-f", "lavfi", "-i", "testsrc=s=37x23:r=25:d=1", "-pix_fmt", "yuv420p"], canSeek: true, video: { width: 37 } },
  { name: "one.mkv", args: [...PICTURE, ...X264, "-frames:v", "1"], canSeek: true },
  { name: "two.ts", args: [...PICTURE, ...X264, "-frames:v", "2"], canSeek: true },
];
