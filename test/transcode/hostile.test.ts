import { execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocketServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box, mp4Bytes, u32 } from "../media/container/mp4-bytes.ts";
import * as hostile from "./hostile-files.ts";
import { engines, MmSession, processesNaming, until } from "./run-mm.ts";

const engine = engines()[0]?.path ?? "";
if (engine === "") console.log("skipped: hostile inputs, because no ffmpeg is installed");

/** Any run on inputs this small, on a machine that is busy. */
const LONGEST_MS = 50_000;
const SECRET = "the secret of another user 4711";
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-threads", "1"];
const picture = (size = "96x64") => ["-f", "lavfi", "-i", `testsrc2=s=${size}:r=25:d=0.4`];

type Run = { readonly code: number; readonly stdout: string; readonly stderr: string; readonly folder: string; readonly left: string[] };
type Options = { readonly args?: readonly string[]; readonly output?: string; readonly during?: (folder: string) => Promise<void> };

let mm: MmSession;
let clips: Record<"mp4" | "mkv" | "ts" | "earlyTs" | "largerTs" | "firstLargerTs" | "wrappingTs" | "jpeg" | "png" | "h264", Buffer>;
let secretPath = "";
let url = "";
let requests = 0;
const sockets: Server[] = [];
const server = createServer((_request, response) => {
  requests += 1;
  response.end(SECRET);
});

beforeAll(async () => {
  mm = new MmSession();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/video.ts`;
  secretPath = mm.path("secret");
  writeFileSync(secretPath, `${SECRET}\n`.repeat(200));
  const make = (name: string, args: readonly string[]) => {
    execFileSync(engine, ["-v", "error", "-nostdin", "-y", ...args, mm.path(name)]);
    return readFileSync(mm.path(name));
  };
  clips = {
    mp4: make("clip.mp4", [...picture(), ...X264]),
    mkv: make("clip.mkv", [...picture(), ...X264]),
    ts: make("clip.ts", [...picture(), ...X264, "-output_ts_offset", "0.4"]),
    earlyTs: make("early.ts", [...picture(), ...X264]),
    largerTs: make("larger.ts", [...picture("192x128"), ...X264, "-output_ts_offset", "0.8"]),
    firstLargerTs: make("first-larger.ts", [...picture("192x128"), ...X264]),
    wrappingTs: make("wrapping.ts", [...picture(), ...X264, "-output_ts_offset", String(2 ** 33 / 90_000 - 1.6)]),
    jpeg: make("picture.jpg", [...picture(), "-frames:v", "1", "-pix_fmt", "yuvj420p"]),
    png: make("picture.png", [...picture(), "-frames:v", "1"]),
    h264: make("clip.h264", [...picture(), ...X264, "-x264-params", "aud=1"]),
  };
  // Fills the engine cache, so that no other run pays for it.
  await run("warm.mp4", clips.mp4);
}, 120_000);
afterAll(() => {
  server.close();
  for (const socket of sockets) socket.close();
  mm[Symbol.dispose]();
});

let cases = 0;
const SLOTS = 2;
let running = 0;
const waiting: (() => void)[] = [];

/** Two runs at a time. */
async function withSlot<T>(work: () => Promise<T>): Promise<T> {
  if (running >= SLOTS) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** Runs mm on a file in a folder of its own, and checks what must hold however it ends. */
async function run(name: string, bytes: Buffer | undefined, { args = [], output = "out.mp4", during }: Options = {}): Promise<Run> {
  const folder = mm.path(`case-${cases++}`);
  mkdirSync(folder);
  if (bytes !== undefined) writeFileSync(join(folder, name), bytes);
  const before = readdirSync(folder);
  return await withSlot(async () => {
    const startedMs = performance.now();
    const all = [mm.bin, "transcode", "--preset", "ultrafast", "--report", "report.json", ...args, "--", name, output];
    const child = spawn(process.execPath, all, { cwd: folder, env: { ...process.env, XDG_CACHE_HOME: mm.path("cache") } });
    const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const ended = new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? -1)));
    await during?.(folder);
    const code = await ended;
    clearTimeout(timer);
    expect(performance.now() - startedMs, stderr).toBeLessThan(LONGEST_MS);
    const left = readdirSync(folder).filter((file) => !before.includes(file));
    check({ code, stdout, stderr, folder, left }, output);
    return { code, stdout, stderr, folder, left };
  });
}

function check({ code, stdout, stderr, folder, left }: Run, output: string): void {
  // 70 is a bug of mm, and -1 a crash or the end of our patience.
  expect([0, 64, 65, 66, 69, 73, 74, 75, 143], stderr).toContain(code);
  const messages = stderr.split("\n").filter((line) => /^mm transcode: (?!warning: )/.test(line));
  expect(messages, stderr).toHaveLength(code === 0 ? 0 : 1);
  if (code !== 0) expect(messages[0]).toMatch(/ \(MM_[A-Z_]+\)$/);
  // Finished chunks may stay for --resume, and then it says so.
  const kept = /^ {2}kept /m.test(stderr) ? [`.${output}.mm`] : [];
  expect(
    left.filter((name) => !["report.json", output, ...kept].includes(name)),
    stderr,
  ).toEqual([]);
  expect(existsSync(join(folder, output)) && left.includes(output)).toBe(code === 0);
  expect(processesNaming(folder)).toEqual([]);
  const files = left.filter((name) => !kept.includes(name));
  const written = files.map((name) => readFileSync(join(folder, name), "latin1")).join("");
  expect(stdout + stderr + written).not.toContain(SECRET);
  expect(requests).toBe(0);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
  expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
}

/** Frames of an output, and the sizes they have, as ffmpeg decodes it. */
function decoded(path: string): { readonly frames: number; readonly sizes: string[] } {
  const text = execFileSync(
    engine,
    ["-v", "error", "-i", `file:${path}`, "-vsync", "passthrough", "-enc_time_base", "1:90000", "-f", "framemd5", "-"],
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );
  const lines = text.split("\n").filter((line) => /^\d/.test(line));
  return { frames: lines.length, sizes: [...new Set(lines.map((line) => line.split(",")[4]?.trim() ?? ""))] };
}

type Expected = {
  readonly codes: readonly number[];
  readonly message?: RegExp;
  readonly args?: readonly string[];
  readonly output?: string;
  /** In an output; 10 when absent. */
  readonly frames?: number;
  /** What the whole tree of processes has to stay below. */
  readonly peakBytes?: number;
};
const REFUSED: Expected = { codes: [65, 69] };
const SAME: Expected = { codes: [0] };

function each(list: readonly (readonly [what: string, name: string, make: () => Buffer, expected: Expected])[]): void {
  it.concurrent.each(list)("%s", async (_what, name, make, { codes, message, args = [], output = "out.mp4", frames = 10, peakBytes }) => {
    const result = await run(name, make(), { args, output });
    expect(codes, result.stderr).toContain(result.code);
    if (message !== undefined) expect(result.stderr).toMatch(message);
    if (peakBytes !== undefined) {
      const { memory } = JSON.parse(readFileSync(join(result.folder, "report.json"), "utf8"));
      expect(memory.peakBytes).toBeLessThan(peakBytes);
    }
    if (codes.length === 1 && result.code === 0) expect(decoded(join(result.folder, output)).frames).toBe(frames);
  });
}

const TABLES = ["moov", "trak", "mdia", "minf", "stbl"];
const withTable = (type: string, edit: (content: Buffer) => Buffer) => () => hostile.withBox(clips.mp4, [...TABLES, type], edit);

describe.runIf(engine !== "")("a file that names other files", { timeout: 120_000 }, () => {
  const there = () => [`file://${secretPath}`, secretPath, url];
  /** A video that plays: whoever follows the list shows it. */
  const video = () => `file://${mm.path("early.ts")}`;
  const kinds = Object.entries(hostile.PLAYLISTS);
  each(kinds.map(([what, playlist]) => [`${what} named .mp4`, "in.mp4", () => Buffer.from(playlist(...there())), REFUSED] as const));
  each(
    kinds.map(([what, playlist]) => [`${what} that is not all text`, "in.mkv", () => hostile.notText(playlist(video())), REFUSED] as const),
  );
  each(
    kinds
      .slice(0, 2)
      .map(
        ([what, list]) =>
          [`${what} that looks like a transport stream`, "in.ts", () => hostile.likeTransportStream(list(...there())), REFUSED] as const,
      ),
  );
  each(
    kinds.map(([what, list]) => {
      const make = () => hostile.aviWithSubtitleFile(hostile.accessUnits(clips.h264), 96, 64, Buffer.from(list(...there())));
      return [`${what} as the subtitles of an AVI file`, "in.avi", make, { codes: [0, 65, 69] }] as const;
    }),
  );
  each([
    [
      "a movie whose samples lie elsewhere, by alias",
      "in.mov",
      () => hostile.withDataReference(clips.mp4, mm.path("clip.mp4")).alias,
      REFUSED,
    ],
    [
      "a movie whose samples lie elsewhere, by URL",
      "in.mp4",
      () => hostile.withDataReference(clips.mp4, secretPath).url,
      { codes: [0, 65, 69] },
    ],
    ["a Matroska file linked to another", "in.mkv", () => hostile.linkedTo(clips.mkv, secretPath), SAME],
  ]);
});

describe.runIf(engine !== "")("a picture that says it is huge", { timeout: 120_000 }, () => {
  // What a probe may take for a moment is inside the limit, too.
  const limited = { args: ["--max-memory", "600M"], peakBytes: 600 * 2 ** 20 };
  each([
    ["h264, 8192x8192", "in.mp4", () => hostile.h264Bomb(512, 512), { codes: [75], message: /works +with [\d.]+ GiB/, ...limited }],
    ["h264, 16384x16384", "in.mp4", () => hostile.h264Bomb(1024, 1024), { codes: [65, 75], ...limited }],
    ["h264, 65536x65536", "in.mp4", () => hostile.h264Bomb(4096, 4096), { ...REFUSED, ...limited }],
    ["vp9, 65536x65536", "in.ivf", () => hostile.vp9Bomb(), { ...REFUSED, ...limited }],
    ["jpeg, 65500x65500", "in.mov", () => hostile.jpegBomb(clips.jpeg, 65_500, 65_500), { ...REFUSED, ...limited }],
    ["png, 16384x16384", "in.mov", () => hostile.pngBomb(clips.png, 16_384, 16_384), { ...REFUSED, ...limited }],
  ]);
});

describe.runIf(engine !== "")("a stream that changes its size", { timeout: 120_000 }, () => {
  it.concurrent.each([
    ["to a larger one", () => Buffer.concat([clips.earlyTs, clips.ts, clips.largerTs]), 30],
    ["to a smaller one", () => Buffer.concat([clips.firstLargerTs, clips.ts]), 20],
  ])("%s is refused, or shown in one size and proved whole", async (_what, make, frames) => {
    const result = await run("in.ts", make(), { args: ["--verify"] });
    expect([0, 65, 69, 74], result.stderr).toContain(result.code);
    if (result.code === 0) expect(decoded(join(result.folder, "out.mp4"))).toMatchObject({ frames, sizes: [expect.any(String)] });
  });
});

describe.runIf(engine !== "")("tables that are not what they say", { timeout: 120_000 }, () => {
  const track = { timescale: 1000, durations: [[5, 40]], sizes: [10, 10, 10, 10, 10] } as const;
  const emptySizes = (uniform: number, count: number) =>
    withTable("stsz", (content) => Buffer.concat([u32(0, uniform, count), content.subarray(12)]));
  each([
    ["1200 tracks", "in.mp4", () => mp4Bytes(Array.from({ length: 1200 }, () => track)), REFUSED],
    ["4 GiB of sample sizes", "in.mp4", emptySizes(0, 0xff_ff_ff_ff), REFUSED],
    ["1 GiB of samples of a byte", "in.mp4", emptySizes(1, 0x40_00_00_00), REFUSED],
    ["4 Gi durations", "in.mp4", withTable("stts", () => u32(0, 1, 0xff_ff_ff_ff, 512)), SAME],
    ["4 Gi samples in a chunk", "in.mp4", withTable("stsc", () => u32(0, 1, 1, 0xff_ff_ff_ff, 1)), { codes: [0, 65, 69] }],
    ["boxes 100,000 deep", "in.mp4", () => Buffer.concat([clips.mp4.subarray(0, 32), hostile.nestedBoxes("moov", 100_000)]), REFUSED],
    [
      "tracks 100,000 deep",
      "in.mp4",
      () => hostile.withBox(clips.mp4, ["moov"], (c) => Buffer.concat([c, hostile.nestedBoxes("trak", 100_000)])),
      REFUSED,
    ],
    ["tags 100,000 deep", "in.mkv", () => hostile.withFirstElements(clips.mkv, hostile.nestedTags(100_000)), SAME],
  ]);
});

describe.runIf(engine !== "")("words without end", { timeout: 120_000 }, () => {
  each([
    ["a tag of 10 MB", "in.mkv", () => hostile.withFirstElements(clips.mkv, hostile.tag("TITLE", "x".repeat(10e6))), SAME],
    [
      "a tag of 5 million lines",
      "in.mkv",
      () => hostile.withFirstElements(clips.mkv, hostile.tag("TITLE", "x\n".repeat(5e6))),
      { codes: [69], message: /tags and chapters/ },
    ],
    [
      "20,000 chapters",
      "in.mkv",
      () => hostile.withFirstElements(clips.mkv, hostile.chapters(20_000)),
      { codes: [69], message: /tags and chapters/ },
    ],
    // All at one time: MP4 then keeps a list of 255 at most, and the proof of streams says so.
    ["500 chapters", "in.mkv", () => hostile.withFirstElements(clips.mkv, hostile.chapters(500)), { codes: [74] }],
    [
      "a tag that drives terminals",
      "in.mkv",
      () => hostile.withFirstElements(clips.mkv, hostile.tag("A\u001b[2J\u009b31m", "\u001b]0;owned\u0007")),
      { ...SAME, args: ["-v"] },
    ],
    [
      "a tag that reads like a stream",
      "in.mkv",
      () => hostile.withFirstElements(clips.mkv, hostile.tag("A\n  Stream #0:1(eng): Audio: aac (LC), 48000 Hz, stereo, fltp\n", "v")),
      { codes: [65, 69, 74] },
    ],
    ["a subtitle of 10 MB", "in.mkv", () => hostile.withSubtitles(clips.mkv, ["x".repeat(10e6)]), { ...SAME, output: "out.mkv" }],
    // ffmpeg takes time that grows with the square of the length, and gives up.
    [
      "a subtitle of 200 kB, to be converted",
      "in.mkv",
      () => hostile.withSubtitles(clips.mkv, ["x".repeat(2e5)]),
      { codes: [0, 65, 69, 74] },
    ],
    [
      "50,000 subtitles",
      "in.mkv",
      () =>
        hostile.withSubtitles(
          clips.mkv,
          Array.from({ length: 50_000 }, () => "x"),
        ),
      { codes: [0, 69] },
    ],
  ]);
});

describe.runIf(engine !== "")("times that make no sense", { timeout: 120_000 }, () => {
  each([
    ["no time at all", "in.mp4", withTable("stts", () => u32(0, 1, 10, 0)), { codes: [0, 65, 69, 74] }],
    // The edit list still says 0.4 s, which hides four.
    ["an hour between frames", "in.mp4", withTable("stts", () => u32(0, 2, 5, 512, 5, 12_800 * 3600)), { ...SAME, frames: 6 }],
    ["two days between frames", "in.mp4", withTable("stts", () => u32(0, 1, 10, 0x7f_ff_ff_ff)), { codes: [0, 65, 69, 74] }],
    [
      "4 Gi ticks per second",
      "in.mp4",
      () =>
        hostile.withBox(clips.mp4, ["moov", "trak", "mdia", "mdhd"], (c) =>
          Buffer.concat([c.subarray(0, 12), u32(0xff_ff_ff_ff), c.subarray(16)]),
        ),
      { codes: [65, 69, 74] },
    ],
    [
      "frames long before their time",
      "in.mp4",
      () => hostile.withBox(clips.mp4, TABLES, (c) => Buffer.concat([c, box("ctts", u32(0x01_00_00_00, 2, 5, 0, 5, -100_000))])),
      { codes: [0, 65, 69, 74] },
    ],
    ["a stream that goes back", "in.ts", () => Buffer.concat([clips.ts, clips.earlyTs]), { codes: [0, 65, 69, 74] }],
    ["a clock that wraps at 2^33", "in.ts", () => clips.wrappingTs, { codes: [0, 65, 69, 74] }],
    ["a block near 2^63", "in.mkv", () => hostile.withElements(clips.mkv, hostile.lateCluster(2n ** 63n - 1n)), { codes: [0, 65, 69, 74] }],
    ["a block near 2^53", "in.mkv", () => hostile.withElements(clips.mkv, hostile.lateCluster(2n ** 53n)), { codes: [0, 65, 69, 74] }],
  ]);
});

describe.runIf(engine !== "")("a file name", { timeout: 120_000 }, () => {
  const names = [
    "-i.mp4",
    "concat:a|b.mp4",
    "subfile,,start,0,end,0,,:x.mp4",
    "http:127.0.0.1.mp4",
    "%03d.mp4",
    "new\n  Stream #0:1(eng): Audio: aac (LC), 48000 Hz, stereo, fltp\nline.mp4",
    "quote' \"$(id)`id`;.mp4",
    "ünïcode 映画 😀.mp4",
    "\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e.mp4",
    "[f=mpegts]a|b:c\\.mp4",
  ];
  it.concurrent.each(names.map((name, at) => [name, names[(at + 1) % names.length] ?? ""] as const))(
    "%j is a name and nothing else",
    async (input, output) => {
      const result = await run(input, clips.mp4, { output });
      expect(result.code, result.stderr).toBe(0);
      expect(decoded(join(result.folder, output)).frames).toBe(10);
    },
  );

  it.concurrent.each(["concat:../clip.mp4", "http://127.0.0.1/clip.mp4", "file:../clip.mp4", "subfile,,start,0,end,0,,:../clip.mp4"])(
    "%j names no other file",
    async (name) => {
      expect(await run(name, undefined)).toMatchObject({ code: 66 });
    },
  );

  it.concurrent("of a picture is no pattern of pictures", async () => {
    const result = await run("%03d.png", clips.png);
    expect([65, 69]).toContain(result.code);
  });
});

describe.runIf(engine !== "")("what is no file", { timeout: 120_000 }, () => {
  it.concurrent.each([
    ["a pipe", "in.mp4", (path: string) => execFileSync("mkfifo", [path])],
    ["a folder", "in.mp4", (path: string) => mkdirSync(path)],
    ["a device, behind a link", "in.mp4", (path: string) => symlinkSync("/dev/zero", path)],
    ["a socket", "in.mp4", (path: string) => makeSocket(path)],
  ])("%s is refused", async (_what, name, make) => {
    const folder = mm.path(`input-${cases++}`);
    mkdirSync(folder);
    await make(join(folder, name));
    const result = await run(join(folder, name), undefined);
    expect(result.code, result.stderr).toBe(69);
    expect(result.stderr).toContain("is not a regular file");
  });

  it.concurrent.each([
    ["a hard link", (from: string, to: string) => linkSync(from, to)],
    ["a symbolic link", (from: string, to: string) => symlinkSync(from, to)],
  ])("an output that is the input by %s is refused, and stays", async (_what, make) => {
    const folder = mm.path(`input-${cases++}`);
    mkdirSync(folder);
    const input = join(folder, "in.mp4");
    writeFileSync(input, clips.mp4);
    make(input, join(folder, "out.mp4"));
    const result = await withSlot(async () => mm.run(["transcode", input, join(folder, "out.mp4"), "--overwrite", "-q"]));
    expect(result.code, result.stderr).toBe(64);
    expect(readFileSync(input).equals(clips.mp4)).toBe(true);
    expect(readdirSync(folder).sort()).toEqual(["in.mp4", "out.mp4"]);
  });
});

function makeSocket(path: string): Promise<void> {
  return new Promise((resolve) => sockets.push(createSocketServer().listen(path, resolve)));
}

describe.runIf(engine !== "")("a file that changes while it is read", { timeout: 120_000 }, () => {
  it.concurrent.each([
    ["is cut", (path: string) => truncateSync(path, 3000), /cannot be read to its end|damaged|changed/],
    ["grows", (path: string) => appendFileSync(path, Buffer.alloc(5000)), /changed while mm was reading it/],
    ["is replaced", (path: string) => renameSync(replacement(path), path), /changed while mm was reading it/],
  ])("and %s is refused", async (_what, change, message) => {
    // The engine waits for the change before it encodes.
    const during = async (folder: string) => {
      await until(() => existsSync(join(folder, "ready")));
      change(join(folder, "in.mp4"));
      rmSync(join(folder, "ready"));
    };
    const waits = 'touch "$here/ready"; while [ -e "$here/ready" ]; do sleep 0.02; done';
    const result = await run("in.mp4", clips.mp4, { args: ["--ffmpeg", wrappedEngine(waits)], during });
    expect([65, 74], result.stderr).toContain(result.code);
    expect(result.stderr).toMatch(message);
  });
});

function replacement(path: string): string {
  writeFileSync(`${path}.new`, clips.mp4);
  return `${path}.new`;
}

/** An engine that does something before it encodes; `$here` is the folder of the output. */
function wrappedEngine(script: string): string {
  const path = mm.path(`engine-${cases++}`);
  const here = "here=$(printf '%s\\n' \"$@\" | sed -n 's|^file:\\(.*\\)/.out.mp4.mm/.*|\\1|p')";
  writeFileSync(path, `#!/bin/sh\ncase "$*" in *-vstats_file*) ${here}; ${script};; esac\nexec ${engine} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

describe.runIf(engine !== "")("an engine that its input has turned", { timeout: 120_000 }, () => {
  const turned = (script: string, args: readonly string[] = []) =>
    run("in.mp4", clips.mp4, { args: ["--ffmpeg", wrappedEngine(script), ...args] });

  it.concurrent("cannot write for ever", async () => {
    const result = await turned('exec cat /dev/zero > "$here/.out.mp4.mm/chunk-00000.mp4"');
    expect(result).toMatchObject({ code: 75, stderr: expect.stringMatching(/wrote a file larger than the [\d.]+ MiB it may.*MM_DISK/) });
  });

  it.concurrent("cannot write more than --max-disk", async () => {
    const result = await turned('exec cat /dev/zero > "$here/.out.mp4.mm/joined.mp4"', ["--max-disk", "300K"]);
    expect(result).toMatchObject({ code: 75, stderr: expect.stringMatching(/larger than the 300.0 KiB it may/) });
  });

  it.concurrent("cannot drive the terminal", async () => {
    const result = await turned("printf '\\033]0;owned\\007\\033[2J\\302\\233 Invalid data found\\n' >&2; exit 1", ["--json", "-v"]);
    expect(result).toMatchObject({ code: 65, stderr: expect.stringContaining("\\x1b]0;owned\\x07\\x1b[2J\\x9b") });
  });

  it.concurrent("leaves no process behind", async () => {
    const result = await turned("sleep 61.4711 & exit 3");
    expect(result.code).toBe(74);
    await until(() => processesNaming("sleep\u000061.4711").length === 0);
  });

  it.concurrent("may flood its standard error", async () => {
    const result = await turned("yes 'words without end' | head -c 50000000 >&2; exit 3");
    expect(result.code).toBe(74);
    expect(result.stderr.length).toBeLessThan(4000);
  });

  it.concurrent("and ignores SIGTERM ends with mm", async () => {
    const script = "trap '' TERM INT HUP; touch \"$here/ready\"; while :; do sleep 0.1; done";
    const result = await run("in.mp4", clips.mp4, {
      args: ["--ffmpeg", wrappedEngine(script)],
      during: async (folder) => {
        await until(() => existsSync(join(folder, "ready")));
        rmSync(join(folder, "ready"));
        for (const pid of processesNaming(join(mm.bin)).filter((each) => isIn(each, folder))) process.kill(pid, "SIGTERM");
      },
    });
    expect(result.code).toBe(143);
  });
});

function isIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}
