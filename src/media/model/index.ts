export { codecMade, encoderArgs, encoderName } from "./arguments.ts";
export {
  CLUSTER_BYTES,
  interleaveSeconds,
  predictDecode,
  predictRemux,
  predictWhole,
  type RemuxLoad,
  type WholeForecast,
} from "./children.ts";
export { noisePictureBytes, readAheadBytes } from "./coded.ts";
export { sourceCodec } from "./decoder.ts";
export { decodedPictures, describeEncoder } from "./encoder.ts";
export { dataLimitSlackBytes, remuxDataSlackBytes } from "./fuse.ts";
export { predictLane } from "./lane.ts";
export { describeLowering, type LoweredSetting, loweringLadder } from "./lowering.ts";
export { pictureBytes } from "./pixels.ts";
export { aomSettings, defaultCrf, svtSettings, vp9Settings, x264Settings, x265Settings } from "./presets.ts";
export { soundEncoderBytes } from "./sound.ts";
export {
  type Chroma,
  type DecoderShape,
  type EncoderName,
  type EncoderSettings,
  type EngineVersion,
  type LaneForecast,
  type LaneShape,
  type PictureShape,
  X264_PRESETS,
  type X264Preset,
} from "./types.ts";
export { losslessX264 } from "./x264.ts";
