import { expect, it } from "vitest";
import { orientationOf } from "../../src/media/container/display-matrix.ts";
import { readMovie } from "../../src/media/container/isobmff-movie.ts";
import { planMatrix } from "../../src/media/movie-matrix.ts";
import { byteInput } from "./byte-input.ts";
import { mp4Bytes } from "./container/mp4-bytes.ts";

/** A film of one sample in a track that is turned already. */
const film = () =>
  mp4Bytes([
    { handler: "soun", durations: [[1, 1]], sizes: [1] },
    { handler: "vide", durations: [[1, 1]], sizes: [1], matrix: [0, 65_536, -65_536, 0] },
  ]);

const orientations = ([0, 90, 180, 270] as const).flatMap((rotation) => [false, true].map((isMirrored) => ({ rotation, isMirrored })));

it.each(orientations)("a picture turned by $rotation degrees, mirrored $isMirrored, is read back as such", (orientation) => {
  const bytes = film();
  const writes = planMatrix(byteInput(bytes), orientation);
  expect(writes).toHaveLength(9);
  for (const { offset, value } of writes) bytes.writeUInt32BE(value, offset);
  const [sound, picture] = readMovie(byteInput(bytes)).tracks;
  expect(picture && orientationOf(picture.matrix)).toEqual(orientation);
  expect(sound?.matrix).toEqual({ a: 1, b: 0, c: 0, d: 1 });
});

it("leaves a file without a picture alone", () => {
  expect(
    planMatrix(byteInput(mp4Bytes([{ handler: "soun", durations: [[1, 1]], sizes: [1] }])), { rotation: 90, isMirrored: false }),
  ).toEqual([]);
});
