import { describe, expect, it } from "vitest";
import { predictLane } from "../../../src/media/model/index.ts";
import { otherMemory } from "../../../src/media/model/other.ts";

const MIB = 2 ** 20;
const picture = { width: 1920, height: 1080, bitDepth: 8, chroma: "4:2:0" } as const;

function bytesOf(encoder: string, threads: number, shape: { bitDepth: number; chroma: "4:2:0" | "4:2:2" | "4:4:4" } = picture): number {
  const memory = otherMemory({ ...picture, ...shape }, { encoder, makes: encoder, threads });
  return memory.inputFrames * memory.inputFrameBytes + memory.threadBytes;
}

describe("the estimate of an encoder nobody knows", () => {
  // MiB beside decoder, base and queues at 1080p, ffmpeg 5.1; 4.1 is the same to a picture.
  it.each([
    ["mpeg4", 2, picture, 42.8],
    ["mpeg4", 4, picture, 47.6],
    ["mpeg2video", 2, picture, 42.6],
    ["mjpeg", 2, picture, 36.0],
    ["mjpeg", 4, picture, 71.3],
    ["libxvid", 1, picture, 68.6],
    ["prores_ks", 2, { bitDepth: 10, chroma: "4:2:2" }, 10.3],
    ["ffv1", 2, picture, 312.2],
    ["ffv1", 2, { bitDepth: 10, chroma: "4:2:0" }, 309.5],
    ["huffyuv", 2, { bitDepth: 8, chroma: "4:2:2" }, 61.5],
    ["libvpx", 2, picture, 72.7],
    ["libtheora", 1, picture, 18.2],
    ["librav1e", 2, picture, 1367.3],
  ] as const)("of %s on %i threads is above what was measured", (encoder, threads, shape, measuredMib) => {
    expect(bytesOf(encoder, threads, shape) / MIB).toBeGreaterThan(measuredMib);
  });

  it("is marked as one", () => {
    const engine = { major: 5, minor: 1, isStatic: false };
    const decoder = { ...picture, codec: "h264", dpbFrames: 4, threads: 1 } as const;
    const lane = predictLane({
      ...picture,
      engine,
      decoder,
      encoder: { codec: "other", encoder: "mpeg4", makes: "mpeg4", threads: 2 },
      frames: 300,
    });
    expect(lane.isEstimated).toBe(true);
    expect(lane.lines.find(({ tag }) => tag === "lane.encoder")?.because).toMatch(/^an estimate: 52 pictures/);
  });
});
