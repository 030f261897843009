import { describe, expect, it } from "vitest";
import { vp9Settings } from "../../../src/media/model/index.ts";
import { vp9Memory } from "../../../src/media/model/vp9.ts";

const debian = { major: 5, minor: 1, isStatic: false };
const old = { major: 4, minor: 1, isStatic: true };
const wide480 = { width: 854, height: 480, bitDepth: 8, chroma: "4:2:0" } as const;
const full = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0" } as const;
const medium = vp9Settings("medium");
const total = (...[picture, settings, engine]: Parameters<typeof vp9Memory>) => {
  const memory = vp9Memory(picture, settings, engine);
  return memory.inputFrames * memory.inputFrameBytes + memory.codedFrames * memory.codedFrameBytes + memory.threadBytes;
};

describe("vp9Memory", () => {
  // Live blocks of libvpx 1.12, counted by an allocator that records them.
  it.each([
    ["one pass", 0, 10],
    ["pictures held back", 25, 34 + 5],
  ] as const)("counts the pictures of %s", (_, lag, pictures) => {
    const memory = vp9Memory(wide480, { ...medium, lag }, debian);
    expect(memory.inputFrames + memory.codedFrames).toBe(pictures);
  });

  it.each([
    ["480p", wide480, 1_421_296],
    ["1080p", full, 4_706_288],
  ] as const)("knows the size of libvpx's pictures at %s within 3 in a thousand", (_, picture, bytes) => {
    const { inputFrameBytes } = vp9Memory(picture, medium, debian);
    expect(Math.abs(inputFrameBytes / bytes - 1)).toBeLessThan(0.003);
  });

  it("charges 6.1 MiB for each further thread, whatever the picture", () => {
    for (const picture of [wide480, full]) {
      const more = total(picture, { ...medium, threads: 4 }, debian) - total(picture, medium, debian);
      expect(more / 2 / 2 ** 20).toBeCloseTo(6.13, 1);
    }
  });

  it("makes room for the forecast of a second pass in old releases always, in new ones only where pictures are held back", () => {
    const forecast = 50 * 48 * 240 * 136;
    expect(total(full, medium, old) - total(full, medium, debian)).toBe(forecast);
    const held = { ...medium, lag: 25 };
    expect(vp9Memory(full, held, old).threadBytes).toBe(vp9Memory(full, held, debian).threadBytes);
  });

  it("needs twice the bytes for a picture of 10 bits, and no more for blocks and threads", () => {
    const [deep, flat] = [vp9Memory({ ...full, bitDepth: 10 }, medium, debian), vp9Memory(full, medium, debian)];
    expect(deep.inputFrameBytes).toBe(2 * flat.inputFrameBytes);
    expect(deep.threadBytes).toBe(flat.threadBytes);
  });
});
