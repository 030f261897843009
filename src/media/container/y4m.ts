/** How long a YUV4MPEG2 file should be: a line of parameters, then a line and the samples of each frame, all alike. */
import { cutShort } from "./refusals.ts";
import type { ByteInput } from "./types.ts";

export const Y4M_MAGIC = "YUV4MPEG2 ";
const FRAME_LINE = "FRAME\n";
const LONGEST_HEADER_BYTES = 1024;
/** Samples of both chroma planes for a picture of width and height, by the first letters of the colour space. */
const CHROMA_SAMPLES: readonly (readonly [RegExp, (width: number, height: number) => number])[] = [
  [/^mono/, () => 0],
  [/^420/, (width, height) => 2 * Math.ceil(width / 2) * Math.ceil(height / 2)],
  [/^411/, (width, height) => 2 * Math.ceil(width / 4) * height],
  [/^422/, (width, height) => 2 * Math.ceil(width / 2) * height],
  [/^444alpha/, (width, height) => 3 * width * height],
  [/^444/, (width, height) => 2 * width * height],
];

/** @throws MalformedInputError when the last frame is not whole */
export function checkY4mLength(input: ByteInput): void {
  const bytes = input.read(0, Math.min(LONGEST_HEADER_BYTES, input.byteLength));
  const head = String.fromCharCode(...bytes);
  const headerBytes = head.indexOf("\n") + 1;
  const sampleBytes = bytesOfSamples(head.slice(0, Math.max(0, headerBytes - 1)).split(" "));
  // Frames with parameters of their own need not be of one length.
  if (headerBytes === 0 || sampleBytes === undefined || !head.startsWith(FRAME_LINE, headerBytes)) return;
  const frameBytes = FRAME_LINE.length + sampleBytes;
  const lastBytes = (input.byteLength - headerBytes) % frameBytes;
  if (lastBytes > 0) throw cutShort(frameBytes - lastBytes);
}

/** undefined for parameters that are missing or not known. */
function bytesOfSamples(parameters: readonly string[]): number | undefined {
  const parameter = (letter: string): string | undefined => parameters.find((text) => text.startsWith(letter))?.slice(1);
  const width = Number(parameter("W"));
  const height = Number(parameter("H"));
  const colorSpace = parameter("C") ?? "420";
  const chromaSamples = CHROMA_SAMPLES.find(([name]) => name.test(colorSpace))?.[1];
  if (!(width > 0 && height > 0) || chromaSamples === undefined) return undefined;
  const isDeep = /(?:p|mono)(?:9|1\d)$/.test(colorSpace);
  return (width * height + chromaSamples(width, height)) * (isDeep ? 2 : 1);
}
