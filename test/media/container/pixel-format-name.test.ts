import { expect, it } from "vitest";
import { layoutOf } from "../../../src/media/container/pixel-format-name.ts";

it("layoutOf reads depth and chroma from ffmpeg's names, and admits what it does not know", () => {
  const layouts = ["yuv420p", "yuvj422p", "yuv444p12le", "yuva420p10be", "gray", "gray10le", "nv12", "p010le", "gbrp", "rgb24"].map(
    (name) => {
      const { bitDepth, chroma } = layoutOf(name);
      return [name, bitDepth, chroma];
    },
  );
  expect(layouts).toEqual([
    ["yuv420p", 8, "4:2:0"],
    ["yuvj422p", 8, "4:2:2"],
    ["yuv444p12le", 12, "4:4:4"],
    ["yuva420p10be", 10, "4:2:0"],
    ["gray", 8, "4:0:0"],
    ["gray10le", 10, "4:0:0"],
    ["nv12", 8, "4:2:0"],
    ["p010le", 10, "4:2:0"],
    ["gbrp", 8, "unknown"],
    ["rgb24", 8, "unknown"],
  ]);
});
