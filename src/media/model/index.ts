export { encoderArgs } from "./arguments.ts";
export { interleaveSeconds, predictDecode, predictRemux } from "./children.ts";
export { noisePictureBytes, readAheadBytes } from "./coded.ts";
export { sourceCodec } from "./decoder.ts";
export { dataLimitSlackBytes } from "./fuse.ts";
export { predictLane } from "./lane.ts";
export { describeLowering, type LoweredSetting, loweringLadder } from "./lowering.ts";
export { x264Settings, x265Settings } from "./presets.ts";
export {
  type Chroma,
  type DecoderShape,
  type EncoderSettings,
  type EngineVersion,
  type LaneForecast,
  type LaneShape,
  X264_PRESETS,
  type X264Preset,
} from "./types.ts";
export { losslessX264 } from "./x264.ts";
