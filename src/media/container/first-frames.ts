/**
 * What the first decoded frames say of themselves, for streams whose packets mm does not read: whether they are fields, and what they
 * carry that an encoder would lose. ffmpeg 4.1 names fewer things and gives no numbers of HDR.
 */
import type { ContentLight, MasteringDisplay } from "../bitstream/index.ts";
import { contentLightOfText, masteringDisplayOfText } from "./hdr-text.ts";
import type { FieldOrder, SideDataName } from "./types.ts";

export type FirstFrames = {
  /** undefined when no frame could be decoded. */
  readonly fieldOrder: FieldOrder | undefined;
  readonly features: readonly SideDataName[];
  readonly masteringDisplay?: MasteringDisplay;
  readonly contentLight?: ContentLight;
};

const LINE = /^.*?\[Parsed_showinfo_\d+ @ \w+\] +(.*)$/;
const SCAN = / i:([PTB]) /;
const ORDERS: Readonly<Record<string, FieldOrder>> = { P: "progressive", T: "tff", B: "bff" };
/** In the words of all releases; the numbers are AV_FRAME_DATA_*, which 4.1 prints for what it has no word for. */
const FEATURES: readonly (readonly [RegExp, SideDataName])[] = [
  [/^side data - (?:mastering display|unknown side data type 11 )/i, "mastering display"],
  [/^side data - (?:content light level|unknown side data type 14 )/i, "content light level"],
  [/^side data - A\/53 closed captions/, "closed captions"],
  [/^side data - afd:/, "active format description"],
  [/^side data - stereoscopic/, "stereo 3D"],
  [/^side data - spherical/, "spherical video"],
  [/^side data - HDR10\+|^side data - HDR dynamic metadata SMPTE2094-40/i, "HDR10+"],
  [/^side data - (?:HDR|CUVA).*vivid/i, "HDR Vivid"],
  [/^side data - Dolby Vision/, "Dolby Vision"],
  [/^side data - film grain/i, "film grain"],
  [/^side data - ambient viewing/i, "ambient viewing environment"],
];

/** @param text - what the showinfo filter printed among other things */
export function parseFirstFrames(text: string): FirstFrames {
  const features = new Set<SideDataName>();
  let fieldOrder: FieldOrder | undefined;
  let masteringDisplay: MasteringDisplay | undefined;
  let contentLight: ContentLight | undefined;
  for (const printed of text.split("\n")) {
    const line = LINE.exec(printed)?.[1];
    if (line === undefined) continue;
    const order = ORDERS[SCAN.exec(line)?.[1] ?? ""];
    if (fieldOrder === undefined || fieldOrder === "progressive") fieldOrder = order ?? fieldOrder;
    for (const [words, name] of FEATURES) if (words.test(line)) features.add(name);
    masteringDisplay ??= masteringDisplayOfText(line);
    contentLight ??= contentLightOfText(line);
  }
  return {
    fieldOrder,
    features: [...features],
    ...(masteringDisplay === undefined ? {} : { masteringDisplay }),
    ...(contentLight === undefined ? {} : { contentLight }),
  };
}
