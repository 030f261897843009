/** What chunk files are made of and with, seen through an engine that tells. */
import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, MmSession } from "./run-mm.ts";

const found = engines();
if (found.length === 0) console.log("skipped: what chunks are made of, because no ffmpeg is installed");

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
});
afterAll(() => mm[Symbol.dispose]());
afterEach(() => {
  for (const name of mm.leftovers()) rmSync(mm.path(name), { recursive: true, force: true });
});

const clip = join(FIXTURES, "clip.mp4");

describe.each(found)("with $name", ({ path }) => {
  /** The engine, with something done first: by a child that encodes, or by the one that joins, in the folder of the chunks. */
  function wrapped(when: "-vstats_file" | "chunks.ffconcat", script: string): string {
    const wrapper = mm.path("wrapped-ffmpeg");
    writeFileSync(wrapper, `#!/bin/sh\ncase "$*" in *${when}*) ${script};; esac\nexec ${path} "$@"\n`);
    chmodSync(wrapper, 0o755);
    return wrapper;
  }
  const ffmpeg = (...args: string[]) => execFileSync(path, ["-v", "error", "-y", ...args], { encoding: "utf8" });
  const words = (engine: string, ...more: string[]) => ["transcode", clip, "out.mp4", "--preset", "ultrafast", "--ffmpeg", engine, ...more];

  it("a chunk carries none of the input's words, and the output all of them", () => {
    const told = (file: string) => ffmpeg("-i", file, "-f", "ffmetadata", "-");
    const run = mm.run(words(wrapped("chunks.ffconcat", `cp chunk-00000.mp4 ${mm.path("seen.mp4")}`), "-q", "--duration", "3"));
    expect(run.code, run.stderr).toBe(0);
    expect(told(clip)).toMatch(/title=Test picture[\s\S]*\[CHAPTER\]/);
    expect(told(mm.path("seen.mp4"))).not.toMatch(/title|CHAPTER/);
    expect(told(mm.path("out.mp4"))).toMatch(/title=Test picture[\s\S]*\[CHAPTER\]/);
  });

  it("a chunk that is encoded once more may take twice as much where that is left, and all of it where its memory was estimated", () => {
    // Writes down its limit of data in KiB, and runs out of memory the first time.
    const log = mm.path("limits");
    const greedy = wrapped(
      "-vstats_file",
      `ulimit -d >>${log}; [ $(wc -l <${log}) = 1 ] && { echo 'Cannot allocate memory' >&2; exit 1; }`,
    );
    const plan = JSON.parse(mm.run(words(greedy, "--dry-run", "--json")).stdout).plan;
    const lanes = plan.lines.filter(({ tag }: { tag: string }) => tag.startsWith("lane."));
    const laneBytes = lanes.reduce((sum: number, { bytes }: { bytes: number }) => sum + bytes, 0);
    const limits = (...args: string[]) => {
      rmSync(log, { force: true });
      const run = mm.run(["transcode", clip, "out.mp4", "-y", "--ffmpeg", greedy, ...args]);
      expect(run.code, run.stderr).toBe(0);
      expect(run.stderr).toContain("chunk 1 failed and is encoded once more: ffmpeg ran out of its memory fuse");
      const [first = 0, second = 0] = readFileSync(log, "utf8").trim().split("\n").map(Number);
      return { moreBytes: 1024 * (second - first) };
    };
    expect(limits("--preset", "ultrafast").moreBytes / (1.15 * laneBytes)).toBeCloseTo(1, 3);
    const tight = limits("--preset", "ultrafast", "--max-memory", String(plan.minimumLimitBytes));
    expect(tight.moreBytes).toBeGreaterThanOrEqual(0);
    expect(tight.moreBytes / (1.15 * laneBytes)).toBeLessThan(0.5);
    // An estimate may be wrong by any factor: all that is left of a gigabyte.
    expect(limits("--encoder", "mpeg4", "--max-memory", "1G").moreBytes).toBeGreaterThan(800 * 2 ** 20);
  });

  it("frames before 0, where the clock of a transport stream turned over, are all there", () => {
    // The clock of 33 bits at 90 kHz turns over at 95443.7 s: 2 s before it and 4 s behind.
    const source = ["-f", "lavfi", "-i", "testsrc2=s=192x128:r=25:d=6", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast"];
    ffmpeg(...source, "-g", "25", "-output_ts_offset", "95441.7", "-muxdelay", "0", "-f", "mpegts", mm.path("turned.ts"));
    const times = ffmpeg("-copyts", "-i", mm.path("turned.ts"), "-map", "0:v", "-c", "copy", "-f", "framecrc", "-")
      .split("\n")
      .filter((line) => line.startsWith("0,"))
      .map((line) => Number(line.split(",")[2]));
    expect(Math.min(...times)).toBeLessThan(0);
    const run = mm.run(["transcode", "turned.ts", "out.mp4", "--preset", "ultrafast", "--verify", "--ffmpeg", path, "--report", "r.json"]);
    expect(run.code, run.stderr).toBe(0);
    const { framesIn, framesOut, framesCompared } = JSON.parse(readFileSync(mm.path("r.json"), "utf8")).result;
    expect({ framesIn, framesOut, framesCompared }).toEqual({ framesIn: 150, framesOut: 150, framesCompared: 150 });
  });
});
