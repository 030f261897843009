/** `--codec copy`: the same packets at the same times in another container, or a refusal. */
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, MmSession } from "./run-mm.ts";

const found = engines();
if (found.length === 0) console.log("skipped: copies, because no ffmpeg is installed");

/** Node itself differs by this much from one start to the next, and a copy takes little beside it. */
const NODE_SPREAD_BYTES = 2 * 1024 * 1024;

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
  if (found[0] !== undefined) makeClips(found[0].path);
});
afterAll(() => mm[Symbol.dispose]());

/** Codecs that mm does not encode, frames that an edit list hides, and two videos in one file. */
function makeClips(engine: string): void {
  const make = (...args: string[]) => execFileSync(engine, ["-v", "error", "-nostdin", "-y", ...args], { cwd: mm.folder });
  const picture = ["-f", "lavfi", "-i", "testsrc2=s=96x64:r=25:d=1"];
  const sound = ["-f", "lavfi", "-i", "sine=d=1"];
  make(...picture, ...sound, "-c:v", "mpeg2video", "-bf", "2", "-c:a", "mp2", "mpeg2.ts");
  make(...picture, "-c:v", "prores", "prores.mov");
  make(...picture, "-c:v", "mpeg4", "-bf", "2", "untimed.avi");
  make(...picture, ...sound, "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "12", "-pix_fmt", "yuv420p", "base.mp4");
  const second = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=30:d=1", "-map", "0", "-map", "1", "-c:v", "libx264", "-pix_fmt", "yuv420p"];
  make(...picture, ...second, "two.mp4");
  make("-ss", "0.3", "-i", "base.mp4", "-c", "copy", "hidden.mp4");
}

function copy(engine: string, input: string, output: string, ...more: string[]) {
  const run = mm.run(["transcode", input, output, "-y", "--json", "--codec", "copy", "--ffmpeg", engine, ...more]);
  return { ...run, report: JSON.parse(run.stdout || "{}") };
}

/** Of all packets of the picture, whatever holds them. */
function packets(engine: string, path: string): string {
  const args = ["-v", "error", "-i", path, "-map", "0:v:0", "-c", "copy", "-bsf:v", "h264_mp4toannexb", "-f", "md5", "-"];
  return spawnSync(engine, args, { encoding: "utf8", cwd: mm.folder }).stdout;
}

describe.each(found)("with $name", ({ path: engine }) => {
  it.each([
    [join(FIXTURES, "clip.mp4"), "out.mkv", 120],
    [join(FIXTURES, "vfr.mp4"), "out.mp4", 68],
    ["hidden.mp4", "out.mov", 17],
  ])("%s goes into %s packet for packet", (input, output, frames) => {
    const { code, stderr, report } = copy(engine, input, output);
    expect(code, stderr).toBe(0);
    expect(report.result).toMatchObject({ route: "copy", framesIn: frames, framesOut: frames, psnr: null, ssim: null, framesCompared: 0 });
    expect(report.memory.peakBytes).toBeLessThanOrEqual(report.memory.plannedPeakBytes * 1.03 + NODE_SPREAD_BYTES);
    expect(packets(engine, output)).toMatch(/^MD5=/);
    expect(packets(engine, output)).toBe(packets(engine, input));
  });

  it.each([
    ["mpeg2.ts", "mpeg2.mkv", 0, ""],
    ["untimed.avi", "untimed.mkv", 69, "cannot be copied into matroska: ffmpeg cannot write it"],
    ["prores.mov", "prores.mp4", 69, "the video is prores, which mp4 cannot hold as it is"],
    ["hidden.mp4", "hidden.mkv", 69, "cannot be copied into matroska: it would not be the same"],
    [join(FIXTURES, "rotated.mp4"), "turned.mkv", 69, "its rotation is"],
    [join(FIXTURES, "clip.mp4"), "clip.webm", 69, "the video is h264, which webm cannot hold as it is"],
  ])("%s into %s ends with %d", (input, output, code, message) => {
    const run = copy(engine, input, output);
    expect(run.code, run.stderr).toBe(code);
    expect(run.stderr).toContain(message);
    expect(existsSync(mm.path(output))).toBe(code === 0);
  });
});

describe.runIf(found.length > 0)("a copy", () => {
  const engine = found[0]?.path ?? "";

  it("is planned like any other work: a limit that is too small is refused with one that works", () => {
    const clip = join(FIXTURES, "clip.mp4");
    const refused = copy(engine, clip, "small.mp4", "--max-memory", "40M");
    expect(refused.code).toBe(75);
    const smallest = /--max-memory (\d+)M/.exec(refused.stdout)?.[1];
    const run = copy(engine, clip, "small.mp4", "--max-memory", `${smallest}M`);
    expect(run.code, run.stderr).toBe(0);
    expect(run.report.memory.peakBytes).toBeLessThanOrEqual(Number(smallest) * 1024 * 1024);
  });

  it("is of the video that --map names", () => {
    const refused = copy(engine, "two.mp4", "out.mp4");
    expect(refused).toMatchObject({ code: 69, report: { error: { hint: "--map -0:1" } } });
    const run = copy(engine, "two.mp4", "out.mp4", "--map", "v:1");
    expect(run.code, run.stderr).toBe(0);
    expect(run.report.result).toMatchObject({ framesIn: 30, framesOut: 30 });
  });

  it("takes no settings of an encoder", () => {
    expect(copy(engine, "base.mp4", "out.mp4", "--crf", "20")).toMatchObject({ code: 64 });
  });
});

const media = process.env.MM_TEST_DATA === undefined ? undefined : join(process.env.MM_TEST_DATA, "media");
if (media === undefined || !existsSync(media)) console.log("skipped: copies of real clips, because MM_TEST_DATA is not set");
const clips = media === undefined || !existsSync(media) ? [] : readdirSync(media);

describe.runIf(clips.length > 0 && found.length > 0)("real clips", () => {
  it.each(clips)("%s is copied frame for frame or refused with a reason", { timeout: 60_000 }, (name) => {
    const run = copy(found[0]?.path ?? "", join(media ?? "", name), "real.mov", "--map", "-d?");
    if (run.code === 0) expect(run.report.result.framesOut).toBe(run.report.result.framesIn);
    else {
      expect(run.code, run.stderr).toBe(69);
      expect(run.stderr).toMatch(/which mov cannot hold as it is|has sound and no video|cannot be copied into mov/);
    }
  });
});

it.runIf(found.length > 0)("an input that grows while it is copied is refused, and nothing is written", () => {
  const input = mm.path("growing.mp4");
  copyFileSync(mm.path("base.mp4"), input);
  const path = mm.path("growing-ffmpeg");
  const script = `case "$*" in *copied.mp4) "${found[0]?.path}" "$@"; echo x >>"${input}"; exit 0;; esac\nexec "${found[0]?.path}" "$@"`;
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const run = mm.run(["transcode", "growing.mp4", "grown.mp4", "--codec", "copy", "-q", "--ffmpeg", path]);
  expect(run.stderr).toContain("growing.mp4 changed while mm was reading it");
  expect(run.code).toBe(74);
  expect(existsSync(mm.path("grown.mp4"))).toBe(false);
});
