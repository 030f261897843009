export { copyArguments } from "./copy.ts";
export { decodeChunkArguments, decodeSourceArguments } from "./decode.ts";
export { encodeChunkArguments, encoderArguments } from "./encode.ts";
export { concatList, joinArguments } from "./join.ts";
