export { encoderArgs } from "./arguments.ts";
export { predictDecode, predictRemux } from "./children.ts";
export { dataLimitSlackBytes } from "./fuse.ts";
export { predictLane } from "./lane.ts";
export { describeLowering, type LoweredSetting, loweringLadder } from "./lowering.ts";
export { x264Settings, x265Settings } from "./presets.ts";
export {
  type Chroma,
  type DecoderShape,
  type EncoderSettings,
  type EngineVersion,
  type FrameRate,
  type H264EncoderSettings,
  type HevcEncoderSettings,
  type LaneForecast,
  type LaneLine,
  type LaneShape,
  type LaneTag,
  type PictureShape,
  X264_PRESETS,
  type X264Preset,
  type X264Settings,
  X265_PRESETS,
  type X265Preset,
  type X265Settings,
} from "./types.ts";
