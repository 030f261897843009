export { readCapture } from "./reader.ts";
export * from "./records.ts";
export { CaptureWriter } from "./writer.ts";
