/** `--encoder`: any encoder of the engine by ffmpeg's name. One that mm has no model of is asked what it makes and what it takes. */
import { UnsupportedError } from "../base/index.ts";
import { layoutOf } from "./container/pixel-format-name.ts";
import type { Engine, RunTool } from "./engine/index.ts";

/** An encoder mm has no model of. */
export type NamedEncoder = {
  readonly name: string;
  /** ffmpeg's id of the codec it makes. */
  readonly makes: string;
  /** Without those with alpha: which containers keep it is known of VP9 alone. */
  readonly pixelFormats: readonly string[];
  readonly takesThreads: boolean;
  readonly hasCrf: boolean;
};

/** Encoders that work in the memory of a device, where no limit of ours reaches. */
const HARDWARE = /_(nvenc|vaapi|qsv|omx|v4l2m2m|amf|mf|videotoolbox|mediacodec|vulkan|cuvid|rkmpp)$/;
/** For a hint. */
const USUAL = ["mpeg4", "mpeg2video", "mjpeg", "prores_ks", "ffv1", "libxvid", "libx264"];

/** @throws UnsupportedError when the engine has no such encoder for video, or it works in the memory of a device */
export async function askEncoder(engine: Engine, run: RunTool, name: string): Promise<NamedEncoder> {
  const makes = codecOf((await run(engine.path, ["-hide_banner", "-encoders"])).stdout, name);
  if (makes === undefined) throw encoderMissing(engine, name);
  if (HARDWARE.test(name)) {
    throw new UnsupportedError(`${name} works in the memory of a device, which mm cannot hold to a limit`, { hint: "another --encoder" });
  }
  const { stdout } = await run(engine.path, ["-hide_banner", "-h", `encoder=${name}`]);
  const formats = /^\s*Supported pixel formats: (.+)$/m.exec(stdout)?.[1]?.trim().split(/\s+/) ?? [];
  if (formats.length === 0) throw new UnsupportedError(`${name} does not say which pixel formats it takes`, { hint: "another --encoder" });
  // What JPEG holds is of full range for whoever decodes it, and ffmpeg 5 takes limited range all the same.
  const isWanted = (format: string) => !layoutOf(format).hasAlpha && (makes !== "mjpeg" || format.startsWith("yuvj"));
  return {
    name,
    makes,
    pixelFormats: formats.filter(isWanted),
    takesThreads: /^\s*Threading capabilities: (?!none)\S/m.test(stdout),
    hasCrf: /^\s*-crf\s/m.test(stdout),
  };
}

export function encoderMissing(engine: Engine, name: string): UnsupportedError {
  const usual = USUAL.filter((other) => engine.encoders.includes(other)).join(", ");
  return new UnsupportedError(`ffmpeg ${engine.version} has no encoder ${name} for video`, {
    hint: `another --encoder (${usual}, ...), or --ffmpeg with another engine; ffmpeg -encoders lists them all`,
    details: { engine: engine.path },
  });
}

/** " VFS... prores_ks  Apple ProRes (iCodec Pro) (codec prores)": without the last words the codec is called as the encoder. */
function codecOf(listing: string, name: string): string | undefined {
  const line = listing.split("\n").find((each) => /^ V[A-Z.]{5} (\S+)/.exec(each)?.[1] === name);
  return line === undefined ? undefined : (/\(codec (\S+)\)\s*$/.exec(line)?.[1] ?? name);
}

/** Each picture stands alone. */
const INTRA: ReadonlySet<string> = new Set([
  ...["mjpeg", "ljpeg", "jpegls", "jpeg2000", "png", "prores", "dnxhd", "dvvideo", "cfhd"],
  ...["ffv1", "ffvhuff", "huffyuv", "utvideo", "magicyuv"],
]);
/** Made by ffmpeg's MPEG encoders and their kin: groups are closed, a rate control is off where a quality is given. */
const MPEG: ReadonlySet<string> = new Set([
  ...["mpeg1video", "mpeg2video", "mpeg4", "mjpeg", "h263", "h263p", "msmpeg4v2", "msmpeg4v3", "wmv1", "wmv2", "flv1"],
]);

/** Any clock will do, one that counts no frames among them. */
export function standsAlone(codec: string): boolean {
  return INTRA.has(codec);
}

/** Chunks at a constant quality can be put together. */
export function hasClosedGroups(codec: string): boolean {
  return INTRA.has(codec) || MPEG.has(codec);
}

/** Of 1 (best) to 31: where ffmpeg itself takes 200 kbit/s, this is near transparent. */
const MPEG_QUANTISER = 3;

/** For -q:v when nothing is asked for; undefined: the encoder's own way is a good one, or nobody knows. */
export function defaultQuantiser(codec: string): number | undefined {
  return MPEG.has(codec) ? MPEG_QUANTISER : undefined;
}
