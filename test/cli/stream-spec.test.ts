import { expect, test } from "vitest";
import { streamSpecs } from "../../src/cli/stream-spec.ts";

test("specs are read as ffmpeg writes them, one or several", () => {
  expect(streamSpecs("-0:3,0:a:1?,v", "--map")).toEqual([
    { text: "-0:3", isLeftOut: true, isOptional: false, kind: undefined, position: 3 },
    { text: "0:a:1?", isLeftOut: false, isOptional: true, kind: "a", position: 1 },
    { text: "v", isLeftOut: false, isOptional: false, kind: "v", position: undefined },
  ]);
});

test.each(["", "x", "1:v", "v:", "a:x", "v:0:1", "--0:1", "v,,a"])("%j is no stream", (text) => {
  expect(() => streamSpecs(text, "MM_MAP")).toThrow(/MM_MAP needs a stream/);
});

test("a bare 0 is all streams to ffmpeg and the first one to others", () => {
  expect(() => streamSpecs("0", "--map")).toThrow(/0:0 for the first stream/);
});
