import { parseHevcSps } from "../../../src/media/bitstream/hevc-sps.ts";
import { HEVC_EXAMPLES } from "./parameter-sets.ts";
import { describeSpsParser } from "./sps-suite.ts";

describeSpsParser("H.265", parseHevcSps, HEVC_EXAMPLES);
