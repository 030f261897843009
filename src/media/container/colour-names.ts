/** ffmpeg's words for the code points of ISO/IEC 23091-2, as its options take them; the same in 4.1 and 5.1. A gap is no code in use. */
import type { ColorTags } from "./types.ts";

/** "Unspecified" in all three. */
const UNSPECIFIED = 2;

const PRIMARIES: Readonly<Record<number, string>> = {
  ...{ 1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020" },
  ...{ 10: "smpte428", 11: "smpte431", 12: "smpte432" },
};
const TRANSFERS: Readonly<Record<number, string>> = {
  ...{ 1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 13: "iec61966-2-1" },
  ...{ 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 17: "smpte428", 18: "arib-std-b67" },
};
/** RGB (0) makes another pixel format. */
const MATRICES: Readonly<Record<number, string>> = {
  ...{ 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020nc", 10: "bt2020c" },
};

export type ColourCodes = { readonly primaries: number; readonly transfer: number; readonly matrix: number };

/** undefined when one of them has no word here. */
export function colourNames({
  primaries,
  transfer,
  matrix,
}: ColourCodes): Pick<ColorTags, "primaries" | "transfer" | "matrix"> | undefined {
  const isKnown = (code: number, names: Readonly<Record<number, string>>): boolean => code === UNSPECIFIED || names[code] !== undefined;
  if (!isKnown(primaries, PRIMARIES) || !isKnown(transfer, TRANSFERS) || !isKnown(matrix, MATRICES)) return undefined;
  const [first, second, third] = [PRIMARIES[primaries], TRANSFERS[transfer], MATRICES[matrix]];
  return {
    ...(first === undefined ? {} : { primaries: first }),
    ...(second === undefined ? {} : { transfer: second }),
    ...(third === undefined ? {} : { matrix: third }),
  };
}
