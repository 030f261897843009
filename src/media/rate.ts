/** What decides how many bits a picture gets. */
export type Rate =
  | { readonly kind: "quality"; readonly crf: number }
  /** Of an encoder that has no crf: -q:v, undefined for the encoder's own way. */
  | { readonly kind: "scale"; readonly quantiser: number | undefined }
  /** Mean bits per second over the whole output; with two passes the first one only measures. */
  | { readonly kind: "bitrate"; readonly bitsPerSecond: number; readonly passes: 1 | 2 };

export function rateArguments(rate: Rate): string[] {
  switch (rate.kind) {
    case "quality":
      return ["-crf", String(rate.crf)];
    case "scale":
      return rate.quantiser === undefined ? [] : ["-q:v", String(rate.quantiser)];
    case "bitrate":
      return ["-b:v", String(rate.bitsPerSecond)];
  }
}

/** In one or two words for people. */
export function describeRate(rate: Rate): string {
  if (rate.kind === "quality") return `crf ${rate.crf}`;
  if (rate.kind === "scale") return rate.quantiser === undefined ? "its own rate" : `quality ${rate.quantiser}`;
  return `${Math.round(rate.bitsPerSecond / 1000)} kbit/s${rate.passes === 2 ? " in two passes" : ""}`;
}

/** One run over the frames: the only one, or one of two. */
export type Pass = 1 | 2 | undefined;

export function passesOf(rate: Rate): readonly Pass[] {
  return rate.kind === "bitrate" && rate.passes === 2 ? [1, 2] : [undefined];
}

/** What the first pass leaves for the second, in the working folder of both. */
const PASS_LOG = "pass";

/** Options of ffmpeg, and parameters in the encoder's own list: libx265 takes no notice of ffmpeg's. */
export function passArguments(encoder: string, pass: Pass): { readonly args: string[]; readonly parameters: string[] } {
  if (pass === undefined) return { args: [], parameters: [] };
  if (encoder === "libx265") return { args: [], parameters: [`pass=${pass}`, `stats=${PASS_LOG}.log`] };
  return { args: ["-pass", String(pass), "-passlogfile", PASS_LOG], parameters: [] };
}

const TWO_PASSES: readonly string[] = ["libx264", "libx265", "libvpx-vp9", "libaom-av1"];

/** Encoders with a first pass that mm asks for. */
export function hasTwoPasses(encoder: string): boolean {
  return TWO_PASSES.includes(encoder);
}
