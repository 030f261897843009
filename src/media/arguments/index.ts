export { chunkContainer } from "./chunk-container.ts";
export { copyArguments } from "./copy.ts";
export { decodeChunkArguments, decodeSourceArguments } from "./decode.ts";
export { type EncodeOutputs, encodeChunkArguments, encoderArguments, encodeWholeArguments } from "./encode.ts";
export { concatList, joinArguments } from "./join.ts";
