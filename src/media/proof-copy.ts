/** The proof that a copied picture is still shown as it was: what its container says of it arrived. */
import { IoError } from "../base/index.ts";
import type { Rational, VideoTrack } from "./container/types.ts";

/** What a player goes by, in words. */
function shownAs(video: VideoTrack): Record<string, string> {
  const { color } = video;
  return {
    codec: video.codec,
    size: `${video.width}x${video.height}`,
    "pixel format": video.pixelFormat,
    rotation: `${video.rotation} degrees${video.isMirrored ? ", mirrored" : ""}`,
    primaries: color.primaries ?? "",
    transfer: color.transfer ?? "",
    matrix: color.matrix ?? "",
    range: color.range ?? "",
    "side data": video.sideData.join(", "),
  };
}

/** Matroska holds the size a picture is shown at, in whole pixels; a file that does not say has square samples. */
const ASPECT_ROUNDING = 0.002;

function aspect({ num, den }: Rational): number {
  return num === 0 ? 1 : num / den;
}

/** @throws IoError naming the first difference */
export function proveCopy(output: VideoTrack, input: VideoTrack): void {
  const after = shownAs(output);
  for (const [what, before] of Object.entries(shownAs(input))) {
    if (before !== "" && after[what] !== before) throw difference(what, before, after[what] ?? "");
  }
  if (Math.abs(aspect(output.sar) / aspect(input.sar) - 1) <= ASPECT_ROUNDING) return;
  throw difference("sample aspect ratio", ratio(input.sar), ratio(output.sar));
}

function ratio({ num, den }: Rational): string {
  return `${num}:${den}`;
}

function difference(what: string, wanted: string, found: string): IoError {
  return new IoError(`its ${what} is ${wanted}, and ${found === "" ? "not said" : found} in the copy`, { details: { wanted, found } });
}
