export { MAGIC } from "./chunk.ts";
export { readCapture } from "./reader.ts";
export * from "./records.ts";
export { TABLE_NAMES, tableOf } from "./tables.ts";
export { CaptureWriter } from "./writer.ts";
