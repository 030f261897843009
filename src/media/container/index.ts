export { type IndexOptions, indexMedia } from "./index-media.ts";
export type {
  AudioTrack,
  ByteInput,
  ColorTags,
  ContainerName,
  DataTrack,
  FieldOrder,
  MediaIndex,
  Rational,
  SideDataName,
  SubtitleTrack,
  VideoTrack,
} from "./types.ts";
