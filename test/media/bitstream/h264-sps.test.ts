import { parseH264Sps } from "../../../src/media/bitstream/h264-sps.ts";
import { H264_EXAMPLES } from "./parameter-sets.ts";
import { describeSpsParser } from "./sps-suite.ts";

describeSpsParser("H.264", parseH264Sps, H264_EXAMPLES);
