/** The colour tags of what comes out of the user's filters. */
import { UnsupportedError } from "../base/index.ts";
import type { ColorTags, VideoTrack } from "./container/types.ts";
import type { Engine } from "./engine/index.ts";

type Coloured = Pick<VideoTrack, "pixelFormat" | "color">;

/** Filters that change what samples mean, or the tags that say it; `scale` does when it is told a range or matrix. */
const RECOLOURING = /(^|,)\s*(colorspace|colormatrix|setparams|setrange|tonemap|zscale)\b|\b(in|out)_(range|color_matrix)=/;
/** Formats of full range by nature. */
const FULL_RANGE = /^(yuvj|gray|rgb|bgr|argb|abgr|gbr|pal8|mono|[0x](rgb|bgr))/;
const RGB = /^(rgb|bgr|argb|abgr|gbr|pal8|[0x](rgb|bgr))/;

/**
 * @param shown - what ffmpeg says of the frames behind the filters
 * @throws UnsupportedError when the filters change colours and the engine does not say to what
 */
export function filteredColour(engine: Engine, chain: string, source: Coloured, shown: Coloured): ColorTags {
  if (RECOLOURING.test(chain)) {
    // Encoders learn the colours of frames from 5.0 on.
    if (engine.major >= 5) return shown.color;
    throw new UnsupportedError(`ffmpeg ${engine.version} does not say which colours come out of --vf ${chain}`, {
      hint: "--ffmpeg with version 5 or later",
    });
  }
  // libswscale stretches what was limited, and what was full range stays it.
  if (shown.pixelFormat.startsWith("yuvj")) return { ...source.color, range: "pc" };
  if (!FULL_RANGE.test(source.pixelFormat) || FULL_RANGE.test(shown.pixelFormat)) return source.color;
  // libswscale makes limited range of the three, and of RGB what BT.601 says (sws_getDefaultColorspaceDetails, SWS_CS_DEFAULT).
  if (RGB.test(source.pixelFormat)) return { ...source.color, range: "tv", matrix: "smpte170m" };
  return { ...source.color, range: "tv" };
}
