import { describe, expect, it } from "vitest";
import { listEngines } from "../../../src/media/engine/index.ts";
import { runTool } from "../run-tool.ts";

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const engines = listings.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));

describe.each(engines.map((engine) => ({ engine, origin: engine.origin, version: engine.version })))(
  "ffmpeg $version from $origin",
  ({ engine }) => {
    it("has the encoders mm needs, with 8 and 10 bits", () => {
      expect(engine.encoders).toEqual(expect.arrayContaining(["libx264", "libx265", "aac"]));
      expect(engine.decoders).toEqual(expect.arrayContaining(["h264", "hevc", "aac"]));
      expect(engine.pixelFormats.libx264).toEqual(expect.arrayContaining(["yuv420p", "yuv420p10le"]));
      expect(engine.pixelFormats.libx265).toEqual(expect.arrayContaining(["yuv420p", "yuv420p10le"]));
    });

    it("takes the options its table says it takes, and not the others", async () => {
      const { caps } = engine;
      const source = ["-f", "lavfi", "-i", "color=s=16x16:d=0.04"];
      const works = async (...args: string[]) => (await runTool(engine.path, ["-nostdin", "-v", "error", ...args])).code === 0;
      const sink = ["-f", "null", "-"];
      expect(await works(...source, caps.frameSync, "passthrough", ...sink)).toBe(true);
      expect(await works("-stats_period", "0.25", ...source, ...sink)).toBe(caps.hasStatsPeriod);
      expect(await works(...source, "-thread_queue_size", "1", ...sink)).toBe(caps.hasOutputThreadQueue);
      expect(await works(...source, "-movie_timescale", "90000", "-y", "-f", "mp4", "/dev/null")).toBe(caps.hasMovieTimescale);
    });
  },
);
