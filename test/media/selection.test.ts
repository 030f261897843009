import { describe, expect, it } from "vitest";
import { streamSpecs } from "../../src/cli/stream-spec.ts";
import type { MediaIndex } from "../../src/media/container/index.ts";
import { leaveOut, likelyVideoIndex, selectStreams, videoIndexOf } from "../../src/media/selection.ts";

/** Sound first, a cover before the picture, and one of everything else. */
const index = {
  video: { streamIndex: 2 },
  otherVideoStreams: [],
  attachedPictures: [1],
  audio: [
    { streamIndex: 0, audioIndex: 0 },
    { streamIndex: 3, audioIndex: 1 },
  ],
  subtitles: [{ streamIndex: 4, subtitleIndex: 0 }],
  data: [
    { streamIndex: 5, kind: "data" },
    { streamIndex: 6, kind: "data" },
    { streamIndex: 7, kind: "attachment" },
  ],
} as unknown as MediaIndex;
const two = { ...index, otherVideoStreams: [8] };

const select = (specs: string, from: MediaIndex = index) => selectStreams(from, specs === "" ? [] : streamSpecs(specs, "--map"));

describe("selectStreams", () => {
  it.each([
    ["", [0, 1, 3, 4, 5, 6, 7]],
    ["-d", [0, 1, 3, 4, 7]],
    ["-0:5,-t", [0, 1, 3, 4, 6]],
    ["v:1,a:1,a:0", [3, 0]],
    ["0:2,3,s", [3, 4]],
    ["v,a,-v:0", [0, 3]],
    ["v:1,a:5?", []],
    ["v:1,a,a:0", [0, 3]],
  ])("%s takes the streams %j beside the picture, in this order", (specs, others) => {
    expect(select(specs)).toEqual({ video: 2, others });
  });

  it("chooses among pictures", () => {
    expect(select("v:2,a", two)).toEqual({ video: 8, others: [0, 3] });
    expect(select("-v:1", two).video).toBe(8);
    expect(videoIndexOf(two, 8)).toBe(2);
  });

  it.each([
    ["", 69, "--map -0:8"],
    ["v", 64, "--map v:1 for one of them"],
    ["-s", 64, "--map -0:8"],
  ])("with two pictures %j is refused with %d and %s", (specs, exitCode, hint) => {
    expect(() => select(specs, two)).toThrow(expect.objectContaining({ exitCode, hint }));
  });

  it("names what there is when a spec finds nothing", () => {
    expect(() => select("s:1")).toThrow(/--map s:1 names no stream: the input has a:0 \(0:0\), v:0 \(0:1\), v:1 \(0:2\)/);
    expect(() => select("-s:1")).toThrow(expect.objectContaining({ exitCode: 64 }));
  });

  it("refuses to leave out the picture", () => {
    expect(() => select("a")).toThrow(expect.objectContaining({ exitCode: 69 }));
  });
});

it("leaves out a kind where it is all of it, else streams", () => {
  expect(leaveOut(index, [5, 6])).toBe("--map -d");
  expect(leaveOut(index, [5])).toBe("--map -0:5");
  expect(leaveOut(index, [1, 5, 6, 7])).toBe("--map -0:1 --map -d --map -0:7");
  expect(select(leaveOut(index, [1, 5, 6, 7]).replaceAll("--map ", "").replaceAll(" ", ",")).others).toEqual([0, 3, 4]);
});

it.each([
  ["", undefined],
  ["v:1,a", 1],
  ["v", undefined],
  ["0:1", undefined],
  ["v:0,v:1", undefined],
  ["-v:1", undefined],
])("of %j video %j is the likely one", (specs, wanted) => {
  expect(likelyVideoIndex(specs === "" ? [] : streamSpecs(specs, "--map"))).toBe(wanted);
});
