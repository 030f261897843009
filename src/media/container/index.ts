export { describeFiltered } from "./filtered.ts";
export { indexMedia } from "./index-media.ts";
export { isMatroska } from "./matroska.ts";
export { layoutOf } from "./pixel-format-name.ts";
export type { ByteInput, MediaIndex, Rational, VideoTrack, WrittenIndex } from "./types.ts";
export { CHROMA_LOCATIONS } from "./video-track.ts";
export { readWritten } from "./written-index.ts";
