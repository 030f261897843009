import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { layoutOf } from "../../../src/media/container/pixel-format-name.ts";
import { findEngine } from "../../../src/media/engine/index.ts";
import { runTool } from "../run-tool.ts";

it("layoutOf reads depth, chroma and alpha from ffmpeg's names, and admits what it does not know", () => {
  const layouts = [
    ...["yuv420p", "yuvj422p", "yuv444p12le", "yuva420p10be", "gray", "gray10le", "nv12", "p010le", "uyvy422", "ya8"],
    ...["gbrp", "gbrap16le", "rgb24", "bgr48le", "rgba", "abgr", "0rgb", "bgr0", "rgba64le", "pal8", "yuv411p"],
  ].map((name) => {
    const { bitDepth, chroma, hasAlpha } = layoutOf(name);
    return [name, bitDepth, chroma, hasAlpha];
  });
  expect(layouts).toEqual([
    ["yuv420p", 8, "4:2:0", false],
    ["yuvj422p", 8, "4:2:2", false],
    ["yuv444p12le", 12, "4:4:4", false],
    ["yuva420p10be", 10, "4:2:0", true],
    ["gray", 8, "4:0:0", false],
    ["gray10le", 10, "4:0:0", false],
    ["nv12", 8, "4:2:0", false],
    ["p010le", 10, "4:2:0", false],
    ["uyvy422", 8, "4:2:2", false],
    ["ya8", 8, "4:0:0", true],
    ["gbrp", 8, "4:4:4", false],
    ["gbrap16le", 16, "4:4:4", true],
    ["rgb24", 8, "4:4:4", false],
    ["bgr48le", 16, "4:4:4", false],
    ["rgba", 8, "4:4:4", true],
    ["abgr", 8, "4:4:4", true],
    ["0rgb", 8, "4:4:4", false],
    ["bgr0", 8, "4:4:4", false],
    ["rgba64le", 16, "4:4:4", true],
    ["pal8", 8, "unknown", false],
    ["yuv411p", 8, "unknown", false],
  ]);
});

it("agrees with the number of components and bits that ffmpeg itself lists, wherever it knows the format", async () => {
  const engine = await findEngine({ searchPath: process.env.PATH ?? "", run: runTool });
  const listed = execFileSync(engine.path, ["-v", "error", "-pix_fmts"], { encoding: "utf8" });
  const formats = [...listed.matchAll(/^[I.][O.][H.][P.][B.] (\w+) +(\d) +(\d+)/gm)];
  const known = formats.filter(([, name = ""]) => layoutOf(name).chroma !== "unknown");
  expect(known.length).toBeGreaterThan(100);
  const samplesPerPixel = { "4:0:0": 1, "4:2:0": 1.5, "4:2:2": 2, "4:4:4": 3 };
  for (const [, name = "", components, bits] of known) {
    const { bitDepth, chroma, hasAlpha } = layoutOf(name);
    expect([name, Number(components)]).toEqual([name, (chroma === "4:0:0" ? 1 : 3) + (hasAlpha ? 1 : 0)]);
    if (chroma !== "unknown")
      expect([name, Number(bits)]).toEqual([name, Math.floor((samplesPerPixel[chroma] + (hasAlpha ? 1 : 0)) * bitDepth)]);
  }
});
