import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { planLastDuration } from "../../src/media/last-duration.ts";
import { readMovieClock } from "../../src/media/movie-clock.ts";
import { editMovie } from "../../src/media/movie-edit.ts";
import { roomyBudget } from "../memory/roomy-budget.ts";
import { byteInput } from "./byte-input.ts";

const folder = mkdtempSync(join(tmpdir(), "mm-durations-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const words = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, at * 4);
  return bytes;
};
const long = (value: number): Buffer => words(Math.floor(value / 2 ** 32), value);

function box(type: string, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([words(8 + content.length), Buffer.from(type, "latin1"), content]);
}

/** A box whose size is a 64-bit number. */
function longBox(type: string, content: Buffer): Buffer {
  return Buffer.concat([words(1), Buffer.from(type, "latin1"), long(16 + content.length), content]);
}

type Shape = {
  version?: 0 | 1;
  times: [number, number][];
  edits?: [number, number][];
  moovFirst?: boolean;
  longSizes?: boolean;
  extra?: Buffer;
};

const MEDIA = Buffer.from("the pictures themselves");

/** A film of 1000 movie ticks and 15360 track ticks per second, with a second track of 5000 movie ticks' length before what follows. */
function film({ version = 0, times, edits, moovFirst = false, longSizes = false, extra = Buffer.alloc(0) }: Shape): Buffer {
  const head = words(version << 24);
  const number = version === 1 ? long : words;
  const dates = Buffer.alloc(version === 1 ? 16 : 8);
  const clock = (type: string, timescale: number) => box(type, head, dates, words(timescale), number(1), Buffer.alloc(80));
  const tkhd = (id: number, duration: number) => box("tkhd", head, dates, words(id, 0), number(duration), Buffer.alloc(60));
  const elst = (edits ?? []).map(([duration, time]) =>
    Buffer.concat([number(duration), version === 1 ? long(time) : words(time), words(0x10000)]),
  );
  const edts = edits === undefined ? [] : [box("edts", box("elst", head, words(edits.length), ...elst))];
  const hdlr = (handler: string) => box("hdlr", words(0, 0), Buffer.from(handler, "latin1"), Buffer.alloc(13));
  const stts = box("stts", words(0, times.length), ...times.map(([count, delta]) => words(count, delta)));
  const stbl = Buffer.concat([box("stsd", words(0, 0)), stts, box("stsz", words(0, 0, 1, 0xabcdef))]);
  const minf = box("minf", longSizes ? longBox("stbl", stbl) : box("stbl", stbl));
  const picture = box("trak", tkhd(1, 1), ...edts, box("mdia", clock("mdhd", 15_360), hdlr("vide"), minf));
  const sound = box(
    "trak",
    tkhd(2, 5000),
    box("mdia", clock("mdhd", 48_000), hdlr("soun"), box("minf", box("stbl", box("stts", words(0, 1, 9, 1024))))),
  );
  const moov = box("moov", clock("mvhd", 1000), picture, sound, extra);
  const mdat = longSizes ? longBox("mdat", MEDIA) : box("mdat", MEDIA);
  return Buffer.concat([box("ftyp", words(0, 0)), ...(moovFirst ? [moov, mdat] : [mdat, moov])]);
}

type Span = { pictureTicks: number; lastFrameTicks: number };

/** Plans and writes; undefined when the file was left as it is. */
function lengthen(bytes: Buffer, span: Span) {
  const plan = planLastDuration(byteInput(bytes), { ticksPerSecond: 15_360, ...span });
  if (plan === undefined) return undefined;
  const path = join(folder, "film.mp4");
  writeFileSync(path, bytes);
  using budget = roomyBudget();
  editMovie(path, plan, budget);
  const after = readFileSync(path);
  return { after, ...lengths(after) };
}

function lengths(bytes: Buffer) {
  const clock = readMovieClock(byteInput(bytes));
  const track = clock?.tracks[0];
  const stts = track?.path.at(-1);
  const times: [number, number][] = [];
  for (let at = (stts?.contentStart ?? 0) + 8; at < (stts?.end ?? 0); at += 8)
    times.push([bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]);
  return {
    movie: clock?.duration.value,
    track: track?.trackDuration.value,
    media: track?.mediaDuration.value,
    edits: track?.edits.map(({ duration, mediaTime }) => [duration.value, mediaTime]),
    times,
  };
}

describe.each([0, 1] as const)("the length of the picture, in boxes of version %i", (version) => {
  it("gives the last sample the duration it lacks, and no byte more changes size", () => {
    const bytes = film({
      version,
      times: [
        [3, 512],
        [1, 0],
      ],
      edits: [[99, 0]],
    });
    const result = lengthen(bytes, { pictureTicks: 1536 + 5120, lastFrameTicks: 5120 });
    expect(result).toMatchObject({
      times: [
        [3, 512],
        [1, 5120],
      ],
      media: 6656,
      edits: [[434, 0]],
      track: 434,
      movie: 5000,
    });
    expect(result?.after.length).toBe(bytes.length);
  });

  it("gives the last of several alike an entry of its own, and moves what follows unharmed", () => {
    const tail = box("udta", Buffer.alloc(200_000, "0123456789abcdef-"));
    const bytes = film({
      version,
      times: [
        [2, 1024],
        [2, 512],
      ],
      edits: [[99, 0]],
      extra: tail,
    });
    const result = lengthen(bytes, { pictureTicks: 2560 + 90_432, lastFrameTicks: 90_432 });
    expect(result).toMatchObject({
      times: [
        [2, 1024],
        [1, 512],
        [1, 90_432],
      ],
      media: 92_992,
      track: 6055,
      movie: 6055,
    });
    expect(result?.after.length).toBe(bytes.length + 8);
    expect(result?.after.subarray(-tail.length).equals(tail)).toBe(true);
    expect(readMovieClock(byteInput(result?.after ?? bytes))?.tracks[1]?.trackDuration.value).toBe(5000);
  });

  it("leaves the stretch of nothing before a late picture, and counts it to the track", () => {
    const result = lengthen(
      film({
        version,
        times: [
          [3, 512],
          [1, 0],
        ],
        edits: [
          [500, -1],
          [99, 1024],
        ],
      }),
      {
        pictureTicks: 2048,
        lastFrameTicks: 512,
      },
    );
    expect(result).toMatchObject({
      edits: [
        [500, -1],
        [134, 1024],
      ],
      track: 634,
    });
  });
});

describe("the length of the picture", () => {
  it("rounds the edit up, so that no frame is hidden", () => {
    const result = lengthen(
      film({
        times: [
          [60, 512],
          [1, 0],
        ],
        edits: [[1, 0]],
      }),
      { pictureTicks: 61 * 512, lastFrameTicks: 512 },
    );
    expect(((result?.edits?.[0]?.[0] ?? 0) / 1000) * 15_360).toBeGreaterThanOrEqual(61 * 512);
  });

  it("is covered by the sum of durations where the frame decoded last is not the one shown last", () => {
    const result = lengthen(
      film({
        times: [
          [3, 512],
          [1, 0],
        ],
        edits: [[1, 1024]],
      }),
      { pictureTicks: 4096, lastFrameTicks: 512 },
    );
    expect(result).toMatchObject({
      times: [
        [3, 512],
        [1, 2560],
      ],
      media: 4096,
    });
  });

  it("is written through 64-bit box sizes", () => {
    const result = lengthen(film({ longSizes: true, times: [[4, 512]], edits: [[1, 0]] }), { pictureTicks: 2560, lastFrameTicks: 1024 });
    expect(result).toMatchObject({
      times: [
        [3, 512],
        [1, 1024],
      ],
      media: 2560,
    });
  });

  it("is written into a movie box in front of the media while no box has to grow, and else not", () => {
    const front = { moovFirst: true, edits: [[1, 0]] as [number, number][] };
    expect(
      lengthen(
        film({
          ...front,
          times: [
            [3, 512],
            [1, 0],
          ],
        }),
        { pictureTicks: 2048, lastFrameTicks: 512 },
      ),
    ).toMatchObject({ media: 2048 });
    expect(lengthen(film({ ...front, times: [[4, 512]] }), { pictureTicks: 2560, lastFrameTicks: 1024 })).toBeUndefined();
  });

  it("changes nothing when said twice", () => {
    const span = { pictureTicks: 2560, lastFrameTicks: 1024 };
    const once = lengthen(film({ times: [[4, 512]], edits: [[1, 0]] }), span);
    expect(lengthen(once?.after ?? Buffer.alloc(0), span)?.after.equals(once?.after ?? Buffer.alloc(1))).toBe(true);
  });

  it.each([
    [
      "several pictures in a row",
      film({
        times: [[4, 512]],
        edits: [
          [1, 0],
          [1, 0],
        ],
      }),
    ],
    ["an edit that shows nothing", film({ times: [[4, 512]], edits: [[1, -1]] })],
    ["no samples", film({ times: [], edits: [[1, 0]] })],
    ["fragments", film({ times: [[4, 512]], extra: box("mvex") })],
    ["no movie", box("mdat", MEDIA)],
    [
      "a length that needs more than 32 bits",
      film({
        times: [
          [2, 0xffff_ffff],
          [1, 1],
        ],
      }),
    ],
  ])("leaves a file with %s as it is", (_, bytes) => {
    expect(lengthen(bytes, { pictureTicks: 2560, lastFrameTicks: 1024 })).toBeUndefined();
  });

  it("reads no byte outside of a file cut anywhere", () => {
    const bytes = film({ times: [[4, 512]], edits: [[1, 0]] });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(
        planLastDuration(byteInput(bytes.subarray(0, length)), { ticksPerSecond: 15_360, pictureTicks: 9, lastFrameTicks: 1 }),
      ).toBeUndefined();
    }
  });
});
