/**
 * What to write into a joined MP4 or QuickTime file, so that players turn its picture as they turn the input's. ffmpeg hands the matrix on
 * in another way in every release (a tag without the mirroring in 4.1, side data in 5.1), so mm writes it over what is there.
 */
import type { Orientation } from "./container/display-matrix.ts";
import type { ByteInput } from "./container/types.ts";
import { FIXED_POINT, type Field, readMovieClock } from "./movie-clock.ts";

/** Empty when the file has no video track that is understood; the proof of properties then says what is missing. */
export function planMatrix(input: ByteInput, orientation: Orientation): Field[] {
  const display = readMovieClock(input)?.tracks.find(({ handler }) => handler === "vide")?.display;
  if (display === undefined) return [];
  return matrixOf(orientation, display).map((value, at) => ({ offset: display.matrixOffset + 4 * at, byteLength: 4, value }));
}

/** The nine numbers of the matrix as unsigned ones: seven of 16.16 bits, and in the third column 2.30. */
function matrixOf({ rotation, isMirrored }: Orientation, { width, height }: { width: number; height: number }): number[] {
  const [cos = 1, sin = 0] = { 0: [1, 0], 90: [0, 1], 180: [-1, 0], 270: [0, -1] }[rotation];
  const mirror = isMirrored ? -1 : 1;
  const [a, b, c, d] = [mirror * cos, mirror * sin, -sin, cos];
  // Moves the turned picture back to where both coordinates are positive.
  const right = -Math.min(0, a * width) - Math.min(0, c * height);
  const down = -Math.min(0, b * width) - Math.min(0, d * height);
  const fixed = (value: number): number => Math.round(value * FIXED_POINT) >>> 0;
  return [fixed(a), fixed(b), 0, fixed(c), fixed(d), 0, fixed(right), fixed(down), 2 ** 30];
}
