import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MalformedInputError, MmError, UnsupportedError } from "../../../src/base/index.ts";
import { indexMedia } from "../../../src/media/container/index.ts";
import { findEngine, type RunTool } from "../../../src/media/engine/index.ts";
import { byteInput } from "../byte-input.ts";
import { runTool } from "../run-tool.ts";
import { mutated, seededRandom } from "../seeded-random.ts";

const engine = await findEngine({ searchPath: process.env.PATH ?? "", run: runTool });
const folder = mkdtempSync(join(tmpdir(), "mm-refusals-"));
const PICTURE = ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];

function make(name: string, ...args: string[]): string {
  const path = join(folder, name);
  execFileSync(engine.path, ["-v", "error", "-nostdin", "-y", ...args, path], { stdio: ["ignore", "ignore", "pipe"] });
  return path;
}

function put(name: string, content: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function refusal(path: string): Promise<MmError> {
  try {
    await indexMedia(byteInput(readFileSync(path)), path, { engine, run: runTool });
  } catch (error) {
    if (error instanceof MmError) return error;
    throw error;
  }
  throw new Error(`${path} was not refused`);
}

let whole: Uint8Array = new Uint8Array(0);
beforeAll(() => {
  whole = readFileSync(make("whole.mp4", ...PICTURE, "-movflags", "+faststart"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("indexMedia refuses as malformed (65)", () => {
  const cases: [string, () => string, RegExp][] = [
    ["an empty file", () => put("empty.mp4", ""), /is empty/],
    ["text", () => put("notes.mp4", "this is not a film\n"), /is text/],
    ["a playlist", () => put("list.m3u8", "#EXTM3U\n#EXTINF:1,\nhttp://localhost/a.ts\n"), /is text/],
    ["a list for the concat demuxer", () => put("list.mp4", "ffconcat version 1.0\nfile whole.mp4\n"), /is text/],
    ["a file cut short in its pictures", () => put("cut.mp4", whole.slice(0, whole.length - 700)), /cut short: 700 bytes are missing/],
    ["a file cut short in its index", () => put("cut-index.mp4", whole.slice(0, 200)), /cut short/],
    [
      "a file without an index",
      () => put("no-index.mp4", Buffer.concat([whole.slice(0, 32), Buffer.from("\0\0\0\x10freexxxxxxxx")])),
      /no movie box/,
    ],
    ["Matroska cut short", () => put("cut.mkv", readFileSync(make("whole.mkv", ...PICTURE)).subarray(0, 3000)), /cut short/],
    ["AVI cut short", () => put("cut.avi", readFileSync(make("whole.avi", ...PICTURE)).subarray(0, 4000)), /cut short/],
    [
      "bytes without sense",
      () =>
        put(
          "noise.mp4",
          Uint8Array.from({ length: 5000 }, (_, at) => (at * 7919) % 256),
        ),
      /cannot be read/,
    ],
    ["a picture", () => make("picture.png", "-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1"), /cannot be read/],
    [
      "a stream without frames",
      () => {
        const fragments = readFileSync(make("fragments.mp4", ...PICTURE, "-movflags", "+frag_keyframe+empty_moov"));
        return put("head-only.mp4", fragments.subarray(0, fragments.indexOf("moof") - 4));
      },
      /without a single frame/,
    ],
  ];
  it.each(cases)("%s", async (_what, path, message) => {
    const name = path();
    const error = await refusal(name);
    expect(error).toBeInstanceOf(MalformedInputError);
    expect(error.exitCode).toBe(65);
    expect(error.message).toMatch(message);
    expect(error.message.split("\n")).toHaveLength(1);
    expect(error.details).toMatchObject({ input: name });
  });
});

describe("indexMedia refuses as unsupported (69)", () => {
  const LONG = ["-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=20", "-c:v", "mpeg2video"];
  const SECOND_PROGRAM = [
    "-mpegts_start_pid",
    "0x200",
    "-mpegts_pmt_start_pid",
    "0x1100",
    "-mpegts_service_id",
    "2",
    "-output_ts_offset",
    "40",
  ];
  const KEY = ["-encryption_scheme", "cenc-aes-ctr", "-encryption_key", `${"0".repeat(31)}1`, "-encryption_kid", `${"0".repeat(31)}2`];
  const cases: [string, () => string, RegExp][] = [
    [
      "two recordings in one file",
      () => {
        const once = readFileSync(make("once.ts", ...PICTURE, "-output_ts_offset", "60"));
        return put("twice.ts", Buffer.concat([once, readFileSync(make("again.ts", ...PICTURE))]));
      },
      /clock of the video is set back by 6\d\.\d s/,
    ],
    [
      "a second program that begins late",
      () => {
        const first = readFileSync(make("first.ts", ...LONG));
        return put("late.ts", Buffer.concat([first, readFileSync(make("second.ts", ...PICTURE, ...SECOND_PROGRAM))]));
      },
      /second video stream begins in the middle of the file, at 4\d\.\d s/,
    ],
    ["sound alone", () => make("sound.m4a", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"), /sound and no video/],
    ["an encrypted file", () => make("encrypted.mp4", ...PICTURE, ...KEY), /is encrypted/],
    [
      "sound with a cover picture",
      () => {
        const cover = make("cover.png", "-f", "lavfi", "-i", "testsrc=s=32x32:d=1", "-frames:v", "1");
        return make(
          "album.m4a",
          "-f",
          "lavfi",
          "-i",
          "sine=d=1",
          "-i",
          cover,
          "-map",
          "0",
          "-map",
          "1",
          "-c:a",
          "aac",
          "-c:v",
          "copy",
          "-disposition:v",
          "attached_pic",
        );
      },
      /sound and no video/,
    ],
  ];
  it.each(cases)("%s", async (_what, path, message) => {
    const error = await refusal(path());
    expect(error).toBeInstanceOf(UnsupportedError);
    expect(error.exitCode).toBe(69);
    expect(error.message).toMatch(message);
  });
});

it("says so when ffmpeg dies on a file or cannot be started", async () => {
  const path = make("fine.ts", ...PICTURE);
  const dying = { engine, run: async () => ({ code: 139, stdout: "", stderr: "" }) };
  await expect(indexMedia(byteInput(readFileSync(path)), path, dying)).rejects.toThrow(/crashed on it \(signal 11\)/);
  const missing = { engine, run: async () => ({ code: 127, stdout: "", stderr: "no such file" }) };
  await expect(indexMedia(byteInput(readFileSync(path)), path, missing)).rejects.toThrow(/could not be started/);
});

it("takes no half of a list of packets for the whole", async () => {
  const path = make("half.ts", ...PICTURE);
  const half = { engine, run: cutOff(137, "") };
  await expect(indexMedia(byteInput(readFileSync(path)), path, half)).rejects.toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(/signal 9 while listing packets, 3 so far/),
  });
  const outOfMemory = { engine, run: cutOff(1, "Cannot allocate memory") };
  await expect(indexMedia(byteInput(readFileSync(path)), path, outOfMemory)).rejects.toMatchObject({
    exitCode: 65,
    message: expect.stringMatching(/more memory than mm allows for reading a file, while listing packets, 3 so far/),
    hint: expect.stringContaining("a damaged table"),
  });
});

/** Lets the run that lists packets die after three of them. */
function cutOff(code: number, stderr: string): RunTool {
  return async (file, args, onLine) => {
    if (!args.includes("0:V:0")) return runTool(file, args, onLine);
    let packets = 0;
    await runTool(file, args, (line) => {
      if (line.startsWith("#") || packets++ < 3) onLine?.(line);
    });
    return { code, stdout: "", stderr };
  };
}

it("passes on what reading the input throws", async () => {
  const path = make("read.mp4", ...PICTURE);
  const failing = {
    byteLength: 1000,
    read: () => {
      throw new RangeError("the disk is gone");
    },
  };
  await expect(indexMedia(failing, path, { engine, run: runTool })).rejects.toThrow("the disk is gone");
});

it("answers or refuses, and never hangs, on 60 seeded mutations of real files", async () => {
  const random = seededRandom(4_711);
  const originals = [whole, readFileSync(make("m.mkv", ...PICTURE)), readFileSync(make("m.ts", ...PICTURE))];
  let refused = 0;
  for (let round = 0; round < 60; round++) {
    const original = originals[round % 3] ?? whole;
    const head = mutated(original.subarray(0, 2500), random);
    const bytes = round % 2 === 0 ? mutated(original, random) : Buffer.concat([head, original.subarray(head.length)]);
    const path = put("mutated.bin", bytes);
    try {
      const { video } = await indexMedia(byteInput(bytes), path, { engine, run: runTool });
      expect(video.ticks.length).toBeGreaterThan(0);
    } catch (error) {
      if (!(error instanceof MmError)) throw error;
      expect([65, 69]).toContain(error.exitCode);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(0);
}, 120_000);
