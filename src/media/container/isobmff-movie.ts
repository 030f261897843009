/** What the movie box of an MP4 or QuickTime file says about its tracks, without their sample tables. */
import { MalformedInputError } from "../../base/index.ts";
import type { Matrix } from "./display-matrix.ts";
import { type Box, BoxWalker } from "./isobmff-boxes.ts";
import { IDENTITY, type MovieTrack, readMatrix, readTrack } from "./isobmff-track.ts";
import { cutShort } from "./refusals.ts";
import type { ByteInput } from "./types.ts";

export type Movie = {
  readonly timescale: number;
  readonly byteLength: number;
  /** Samples are, or may be, in movie fragments. */
  readonly isFragmented: boolean;
  /** In the order of the file, which is ffmpeg's order of streams. */
  readonly tracks: readonly MovieTrack[];
  /** Tags and chapters. */
  readonly userData: Box | undefined;
};

/**
 * Finds and reads the movie box, and checks that the file goes on to the end its boxes announce.
 *
 * @throws MalformedInputError when there is no movie box, or the file is cut short
 */
export function readMovie(input: ByteInput): Movie {
  let movie: Box | undefined;
  let hasFragments = false;
  for (const box of new BoxWalker(input, 1_000_000).boxes(0, input.byteLength)) {
    if (box.type === "moov") movie ??= box;
    hasFragments ||= box.type === "moof";
    if (box.end > input.byteLength && (box.type === "mdat" || box.type === "moov" || box.type === "moof"))
      throw cutShort(box.end - input.byteLength);
  }
  if (movie === undefined) {
    throw new MalformedInputError("the file has no movie box: it was cut short or never finished", {
      hint: "copy the file again, or record it again: nothing in it says where its frames are",
    });
  }
  const walker = new BoxWalker(input);
  const header = readMovieHeader(walker, movie);
  const tracks: MovieTrack[] = [];
  let isExtended = false;
  for (const box of walker.children(movie)) {
    if (box.type === "trak") tracks.push(readTrack(walker, box, header.matrix));
    isExtended ||= box.type === "mvex";
  }
  const byteLength = movie.end - movie.contentStart;
  const userData = walker.child(movie, "udta");
  return { timescale: header.timescale, byteLength, isFragmented: isExtended || hasFragments, tracks, userData };
}

function readMovieHeader(walker: BoxWalker, movie: Box): { timescale: number; matrix: Matrix } {
  const box = walker.child(movie, "mvhd");
  const isLong = box !== undefined && (walker.content(box, 1)?.getUint8(0) ?? 0) === 1;
  const view = box === undefined ? undefined : walker.content(box, isLong ? 112 : 100);
  if (view === undefined) return { timescale: 0, matrix: IDENTITY };
  return { timescale: view.getUint32(isLong ? 20 : 12), matrix: readMatrix(view, isLong ? 48 : 36) };
}
