export { BitReader } from "./bit-reader.ts";
export { type ContentLight, type MasteringDisplay, parseContentLight, parseMasteringDisplay } from "./hdr-metadata.ts";
export { type NalCodec, type StreamFeature, StreamScan } from "./scan.ts";
export type { SequenceParameters } from "./sequence.ts";
