import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeSourceArguments } from "../../src/media/arguments/index.ts";
import { cutChunks } from "../../src/media/chunks.ts";
import { indexMedia, type MediaIndex } from "../../src/media/container/index.ts";
import { type Engine, listEngines } from "../../src/media/engine/index.ts";
import { type Picture, type PictureRequest, planPicture } from "../../src/media/picture.ts";
import { fileInput } from "./byte-input.ts";
import { plainIndex } from "./plain-video.ts";
import { runTool } from "./run-tool.ts";

const WIDTH = 64;
const HEIGHT = 48;
const FRAME_BYTES = (WIDTH * HEIGHT * 3) / 2;

const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
const engines = listings.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));

const CLIPS: Readonly<Record<string, readonly string[]>> = {
  "steady.mp4": ["-f", "lavfi", "-i", `testsrc2=s=${WIDTH}x${HEIGHT}:r=30:d=24`, "-g", "40"],
  "uneven.mp4": [
    ...["-f", "lavfi", "-i", `testsrc2=s=${WIDTH}x${HEIGHT}:r=30:d=24`, "-g", "40"],
    ...[
      "-vf",
      "select='mod(n,7)*mod(n,3)',setpts='PTS+floor(mod(N*7919,13)/13/TB/50)'",
      "-vsync",
      "passthrough",
      "-enc_time_base",
      "1:1000",
    ],
  ],
  "late.mp4": [
    "-itsoffset",
    "1.237",
    "-f",
    "lavfi",
    "-i",
    `testsrc2=s=${WIDTH}x${HEIGHT}:r=24000/1001:d=24`,
    "-g",
    "60",
    "-vsync",
    "passthrough",
  ],
};

const ALL: PictureRequest = {
  startSeconds: 0,
  durationSeconds: undefined,
  frameRate: undefined,
  size: undefined,
  filtered: undefined,
  dropped: [],
};

const PARTS: Readonly<Record<string, Partial<PictureRequest>>> = {
  "all frames": {},
  "a part": { startSeconds: 3.21, durationSeconds: 15.5 },
  "24 frames a second": { frameRate: { num: 24, den: 1 } },
  "60 frames a second": { frameRate: { num: 60, den: 1 } },
  "29.97 frames a second": { frameRate: { num: 30_000, den: 1001 } },
  "one frame in two seconds": { frameRate: { num: 1, den: 2 } },
  "a part at 50 frames a second": { startSeconds: 1.5, durationSeconds: 10.7, frameRate: { num: 50, den: 1 } },
};

function run(engine: Engine, args: readonly string[]): Buffer {
  return execFileSync(engine.path, args, { maxBuffer: 64 << 20, env: { LC_ALL: "C" }, stdio: ["ignore", "pipe", "pipe", "ignore"] });
}

/** A hash for each raw frame. */
function frameHashes(raw: Buffer): string[] {
  const hashes: string[] = [];
  for (let at = 0; at < raw.length; at += FRAME_BYTES)
    hashes.push(
      createHash("sha1")
        .update(raw.subarray(at, at + FRAME_BYTES))
        .digest("hex"),
    );
  return hashes;
}

/** What a whole decode shows, by the frame of the input that the plan names. */
function wantedHashes(all: readonly string[], { frameMap, sourceFrames, ticks }: Picture): string[] {
  return Array.from(ticks, (_, at) => all[frameMap?.[at] ?? sourceFrames.first + at] ?? "");
}

it("a start that ffmpeg rounds up to a microsecond leaves no frame out", () => {
  // 129003 ticks are 1.4333667 s.
  const video = { timeBase: { num: 1, den: 90_000 }, ticks: Float64Array.from({ length: 25 }, (_, at) => 129_003 + 3003 * at) };
  const index = { ...plainIndex(video), startMicroseconds: 1_433_367 };
  expect(planPicture(index, ALL).ticks.length).toBe(25);
  expect(planPicture(index, { ...ALL, startSeconds: 0.1001, durationSeconds: 0.1001 }).sourceFrames).toEqual({ first: 3, end: 6 });
});

describe.each(engines)("the picture as ffmpeg $version makes it", (engine) => {
  const folder = mkdtempSync(join(tmpdir(), "mm-picture-"));
  const indexes = new Map<string, MediaIndex>();
  const decoded = new Map<string, string[]>();
  beforeAll(async () => {
    for (const [name, args] of Object.entries(CLIPS)) {
      const path = join(folder, name);
      run(engine, ["-v", "error", "-y", ...args, "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p", path]);
      indexes.set(name, await indexMedia(fileInput(path), path, { engine, run: runTool }));
      decoded.set(name, frameHashes(run(engine, ["-v", "error", "-i", path, "-vsync", "passthrough", "-f", "rawvideo", "-"])));
    }
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  const cases = Object.keys(CLIPS).flatMap((clip) => Object.keys(PARTS).map((part) => [clip, part] as const));
  it.each(cases)("%s, %s: every chunk has the frames the plan says", (clip, part) => {
    const index = indexes.get(clip);
    if (index === undefined) throw new Error("no clip");
    const picture = planPicture(index, { ...ALL, ...PARTS[part] });
    const chunks = cutChunks(index.video, { ...picture, canSeek: true });
    const hashes = chunks.flatMap((chunk) => frameHashes(run(engine, decodeSourceArguments(engine, index, picture, chunk))));
    if (part !== "a part") expect(chunks.length, "chunks").toBeGreaterThan(1);
    expect(hashes).toEqual(wantedHashes(decoded.get(clip) ?? [], picture));
  });
});
