import { expect, it } from "vitest";
import { filteredColour } from "../../src/media/filter-colour.ts";
import { engineWith } from "./plain-video.ts";

const engine = engineWith({});
const hlg = { pixelFormat: "yuv420p10le", color: { range: "tv", transfer: "arib-std-b67" } } as const;
const shown = { pixelFormat: "yuv420p", color: { range: "tv", transfer: "bt709" } } as const;

it("filters that leave colours alone keep the tags", () => {
  expect(filteredColour(engine, "crop=64:64,format=yuv420p", hlg, shown)).toEqual(hlg.color);
});

it.each(["zscale=t=bt709", "hflip,setparams=color_trc=bt709", "scale=64:64:out_color_matrix=bt709", "tonemap=hable"])(
  "after %s the tags are those of the frames, and an engine that does not tell them is refused",
  (chain) => {
    expect(filteredColour(engine, chain, hlg, shown)).toEqual(shown.color);
    expect(() => filteredColour({ ...engine, version: "4.1", major: 4 }, chain, hlg, shown)).toThrow("does not say which colours");
  },
);

it.each([
  ["rgba", { range: "pc", matrix: "rgb", primaries: "bt709" }, { range: "tv", matrix: "smpte170m", primaries: "bt709" }],
  ["yuvj420p", { range: "pc", matrix: "bt709" }, { range: "tv", matrix: "bt709" }],
  ["gray", {}, { range: "tv" }],
] as const)("%s becomes what libswscale makes of it", (pixelFormat, color, wanted) => {
  expect(filteredColour(engine, "format=yuv420p", { pixelFormat, color }, { pixelFormat: "yuv420p", color: {} })).toEqual(wanted);
});

it("a format that names full range has it", () => {
  const source = { pixelFormat: "yuv420p", color: { range: "tv", matrix: "bt709" } } as const;
  const wanted = { range: "pc", matrix: "bt709" };
  expect(filteredColour(engine, "format=yuvj420p", source, { pixelFormat: "yuvj420p", color: {} })).toEqual(wanted);
});
