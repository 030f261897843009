/** Jobs that end early, and those that go on from what they left. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, type MmRun, MmSession, until } from "./run-mm.ts";

const engine = engines()[0]?.path ?? "";
if (engine === "") console.log("skipped: jobs that go on where another stopped, because no ffmpeg is installed");

const CHUNKS = 3;
const schema = JSON.parse(readFileSync(join(FIXTURES, "../docs/schemas/report.schema.json"), "utf8"));

let mm: MmSession;
let media = "";
/** What an undisturbed run writes. */
let undisturbed = "";
beforeAll(() => {
  if (engine === "") return;
  mm = new MmSession();
  media = mkdtempSync(join(tmpdir(), "mm-resume-"));
  makeClip("320x192");
  writeFileSync(join(media, "ffmpeg"), pacedEngine());
  chmodSync(join(media, "ffmpeg"), 0o755);
  expect(run().code).toBe(0);
  undisturbed = packetsOf(mm.path("out.mp4"));
  rmSync(mm.path("out.mp4"));
  rmSync(join(media, "log"));
});
afterAll(() => {
  mm?.[Symbol.dispose]();
  rmSync(media, { recursive: true, force: true });
});
afterEach(() => {
  for (const name of mm.leftovers()) rmSync(mm.path(name), { recursive: true, force: true });
  for (const name of ["log", "hold", "fail", "hold-join"]) rmSync(join(media, name), { force: true });
});

/** 24 s with a key frame every 2: three chunks of 8. */
function makeClip(size: string): void {
  execFileSync(engine, [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=s=${size}:r=25:d=24`, "-f", "lavfi", "-i", "sine=sample_rate=48000:d=24"],
    ...["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-c:a", "aac", join(media, "in.mp4")],
  ]);
}

/**
 * The real engine, with a log of the chunks it encodes. It stops, or fails, at the encode that follows as many as the files `hold` and
 * `fail` say, and stops at the join where there is a file `hold-join`.
 */
function pacedEngine(): string {
  return `#!/bin/sh
cd ${media}
for last; do :; done
case "$*" in
*-vstats_file*)
  basename "$last" >>log
  [ -e hold ] && [ "$(wc -l <log)" -gt "$(cat hold)" ] && exec sleep 55
  [ -e fail ] && [ "$(wc -l <log)" -gt "$(cat fail)" ] && exit 3
  ;;
*chunks.ffconcat*) [ -e hold-join ] && touch joining && exec sleep 55 ;;
esac
cd "$OLDPWD"
exec ${engine} "$@"
`;
}

const paced = () => join(media, "ffmpeg");
const argumentsOf = (...more: string[]) => [
  "transcode",
  join(media, "in.mp4"),
  "out.mp4",
  "--preset",
  "ultrafast",
  "--ffmpeg",
  paced(),
  "--report",
  "report.json",
  "--lanes",
  "1",
  ...more,
];
const run = (...more: string[]): MmRun => mm.run(argumentsOf("-q", ...more));
const report = () => JSON.parse(readFileSync(mm.path("report.json"), "utf8"));
const hidden = (name = "") => mm.path(join(".out.mp4.mm", name));
const command = (name: string, text = "") => writeFileSync(join(media, name), text);
const encodes = () => (existsSync(join(media, "log")) ? readFileSync(join(media, "log"), "utf8").split("\n").filter(Boolean) : []);

/** Video and sound packets with their times. */
function packetsOf(path: string): string {
  return execFileSync(engine, ["-v", "error", "-i", path, "-map", "0", "-c", "copy", "-f", "framecrc", "-"], { encoding: "utf8" });
}

/** Starts a job, and ends it with `signal` when it has finished as many chunks and begun the next. */
async function interrupted(finished: number, signal: NodeJS.Signals, ...more: string[]): Promise<MmRun> {
  command("hold", String(finished));
  const job = mm.start(argumentsOf(...more));
  await until(() => encodes().length === finished + 1);
  job.kill(signal);
  const end = await job.exit;
  for (const name of ["log", "hold"]) rmSync(join(media, name));
  return end;
}

/** The same command with --resume does what is missing, and its output is what an undisturbed run writes. */
function expectResumed(resumedChunks: number, ...more: string[]): MmRun {
  const resumed = run("--resume", ...more);
  expect(resumed.code, resumed.stderr).toBe(0);
  expect(report().result).toMatchObject({ chunks: CHUNKS, resumedChunks, framesOut: 600 });
  expect(encodes()).toHaveLength(CHUNKS - resumedChunks);
  expect(packetsOf(mm.path("out.mp4"))).toBe(undisturbed);
  expect(mm.leftovers().sort()).toEqual(["out.mp4", "report.json"]);
  return resumed;
}

describe.runIf(engine !== "")("a job that was killed", () => {
  it("goes on with the chunks that are missing", async () => {
    await interrupted(1, "SIGKILL");
    expect(existsSync(hidden("plan.json"))).toBe(true);
    expect(expectResumed(1).stderr).toBe("");
    const ajv = new Ajv2020({ strict: false });
    expect(ajv.validate(schema, report()), JSON.stringify(ajv.errors)).toBe(true);
  });

  it("before any chunk was finished starts from the beginning", async () => {
    await interrupted(0, "SIGKILL");
    expectResumed(0);
  });

  it("several times goes on each time", async () => {
    await interrupted(1, "SIGKILL");
    await interrupted(1, "SIGKILL", "--resume");
    expectResumed(2);
  });

  it("during the join does only that again", async () => {
    command("hold-join");
    const job = mm.start(argumentsOf());
    await until(() => existsSync(join(media, "joining")));
    job.kill("SIGKILL");
    await job.exit;
    for (const name of ["hold-join", "joining", "log"]) rmSync(join(media, name));
    const resumed = run("--resume");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(encodes()).toEqual([]);
    expect(report().result.resumedChunks).toBe(CHUNKS);
    expect(packetsOf(mm.path("out.mp4"))).toBe(undisturbed);
  });

  it("is replaced without --resume", async () => {
    await interrupted(2, "SIGKILL");
    expect(run().code).toBe(0);
    expect(report().result.resumedChunks).toBe(0);
    expect(encodes()).toHaveLength(CHUNKS);
  });
});

describe.runIf(engine !== "")("a job that was stopped or failed says how to go on, and leaves no more than that needs", () => {
  const kept = (finished: number) => `  kept     ${finished} of 3 chunks\n  try      the same command with --resume\n`;

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("after %s", async (signal, code) => {
    const end = await interrupted(2, signal);
    expect(end.code).toBe(code);
    expect(end.stderr).toContain(kept(2));
    expect(readdirSync(hidden()).sort()).toEqual([
      expect.stringMatching(/^chunk-/),
      expect.stringMatching(/^chunk-/),
      "done",
      "owner.none",
      "plan.json",
    ]);
    expectResumed(2);
  });

  it("when a child failed, also to machines", () => {
    command("fail", "1");
    const failed = run();
    expect(failed.code).toBe(74);
    expect(report().error).toMatchObject({
      hint: expect.stringMatching(/; the same command with --resume goes on from what is kept$/),
      details: { kept: "1 of 3 chunks" },
    });
    rmSync(join(media, "fail"));
    rmSync(join(media, "log"));
    expectResumed(1);
  });

  it("and leaves nothing when nothing was finished", async () => {
    const end = await interrupted(0, "SIGINT");
    expect(end.stderr).not.toContain("--resume");
    expect(mm.leftovers()).toEqual(["report.json"]);
  });

  it("and leaves nothing of standard input, which cannot be read again", () => {
    command("fail", "1");
    const args = ["transcode", "-", "out.mp4", "--preset", "ultrafast", "--ffmpeg", paced(), "-q"];
    const failed = mm.run(args, { input: readFileSync(join(media, "in.mp4")) });
    expect(failed.code).toBe(74);
    expect(failed.stderr).not.toContain("--resume");
    expect(mm.leftovers()).toEqual([]);
    expect(mm.run([...args, "--resume"])).toMatchObject({ code: 64, stderr: expect.stringContaining("standard input cannot") });
  });
});

describe.runIf(engine !== "")("--resume", () => {
  it("where nothing was left says so and starts from the beginning", () => {
    expect(expectResumed(0).stderr).toBe("mm transcode: warning: there is no checkpoint of out.mp4, so this starts from the beginning\n");
  });

  it("of a job of one chunk starts from the beginning, and such a job puts nothing on record", async () => {
    const one = ["--bitrate", "500k"];
    command("hold", "0");
    const job = mm.start(argumentsOf(...one));
    await until(() => encodes().length === 1);
    expect(readdirSync(hidden()).filter((name) => name === "plan.json" || name === "done")).toEqual([]);
    job.kill("SIGKILL");
    await job.exit;
    rmSync(join(media, "hold"));
    const resumed = run("--resume", ...one);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(resumed.stderr).toContain("there is no checkpoint of out.mp4, so this starts from the beginning");
    expect(report().result).toMatchObject({ chunks: 1, resumedChunks: 0, framesOut: 600 });
    expect(encodes()).toEqual(["joined.mp4", "joined.mp4"]);
    expect(mm.leftovers().sort()).toEqual(["out.mp4", "report.json"]);
  });

  it("encodes chunks anew whose files or records are not what they were", async () => {
    await interrupted(2, "SIGKILL");
    const [record = ""] = readdirSync(hidden("done"));
    const { file } = JSON.parse(readFileSync(hidden(`done/${record}`), "utf8"));
    writeFileSync(hidden(`done/${record}`), `{"file":"../../${file}"`);
    const other = readdirSync(hidden()).find((name) => /^chunk-\d+\.mp4$/.test(name) && name !== file && encodedWhole(name)) ?? "";
    const bytes = readFileSync(hidden(other));
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(hidden(other), bytes);
    const { stderr } = expectResumed(0);
    expect(stderr).toMatch(/warning: encoded anew: chunk \d has a .*, chunk \d has a /);
  });

  /** Of the chunks that are there, the half-written one is on no record. */
  const encodedWhole = (name: string) =>
    readdirSync(hidden("done")).some((each) => readFileSync(hidden(`done/${each}`), "utf8").includes(name));

  it("writes through no link that was planted", async () => {
    await interrupted(1, "SIGKILL");
    writeFileSync(mm.path("precious"), "mine");
    for (const index of [0, 1, 2]) {
      rmSync(hidden(`chunk-0000${index}.mp4`), { force: true });
      symlinkSync(mm.path("precious"), hidden(`chunk-0000${index}.mp4`));
    }
    symlinkSync(mm.path("precious"), hidden("joined.mp4"));
    const resumed = run("--resume");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(readFileSync(mm.path("precious"), "utf8")).toBe("mine");
    expect(packetsOf(mm.path("out.mp4"))).toBe(undisturbed);
  });

  it("with a damaged plan says so and starts from the beginning", async () => {
    await interrupted(1, "SIGKILL");
    writeFileSync(hidden("plan.json"), readFileSync(hidden("plan.json")).subarray(0, 700));
    expect(expectResumed(0).stderr).toContain("the checkpoint of out.mp4 is damaged");
  });

  it("of another job is refused and loses nothing", async () => {
    await interrupted(1, "SIGKILL");
    const refused = (more: string[], fact: RegExp) => {
      const end = run("--resume", ...more);
      expect(end.code, end.stderr).toBe(64);
      expect(end.stderr).toMatch(fact);
      expect(end.stderr).toContain("without --resume to start over");
    };
    refused(["--crf", "30"], /settings {2}-crf 30, was 23/);
    refused(["--preset", "superfast"], /settings {2}-preset superfast, was ultrafast/);
    refused(["--duration", "15"], /frames {3}375, was 600/);
    refused(["--ffmpeg", engine], new RegExp(`engine {3}ffmpeg \\S+ \\(${engine}\\), was ffmpeg \\S+ \\(${paced()}\\)`));
    const input = join(media, "in.mp4");
    copyFileSync(input, join(media, "kept.mp4"));
    utimesSync(input, 1, 1);
    refused([], /input {4}modified 1970-01-01T00:00:01.000Z, was 20/);
    writeFileSync(input, readFileSync(join(FIXTURES, "chunks.mp4")));
    refused([], /input {4}\d+ bytes, was \d+ /);
    copyFileSync(join(media, "kept.mp4"), input);
    const { modifiedNs } = JSON.parse(readFileSync(hidden("plan.json"), "utf8")).input;
    spawnSync("touch", ["-d", `@${modifiedNs.slice(0, -9)}.${modifiedNs.slice(-9)}`, input]);
    expect(mm.run(argumentsOf("--resume", "--dry-run")).code).toBe(0);
    expectResumed(1);
  });

  it("keeps to the settings of before under another limit", async () => {
    const input = join(media, "in.mp4");
    renameSync(input, join(media, "small.mp4"));
    using _small = { [Symbol.dispose]: () => renameSync(join(media, "small.mp4"), input) };
    // Large enough that limits of several MiB lower the same settings: what Node takes before any work differs by one from run to run.
    makeClip("640x384");
    const smallest = /--max-memory (\d+)M/.exec(run("--max-memory", "30M", "--preset", "veryfast").stderr)?.[1] ?? "";
    const tight = ["--max-memory", `${Number(smallest) + 2}M`, "--preset", "veryfast"];
    expect(run(...tight).code).toBe(0);
    const { lowered } = report().result;
    expect(lowered).not.toEqual([]);
    const wanted = packetsOf(mm.path("out.mp4"));
    rmSync(mm.path("out.mp4"));
    rmSync(join(media, "log"));
    await interrupted(1, "SIGINT", ...tight);
    const resumed = run("--preset", "veryfast", "--resume");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(report().result).toMatchObject({ lowered, resumedChunks: 1 });
    expect(packetsOf(mm.path("out.mp4"))).toBe(wanted);
  });

  it("finds the chunks in --temp-dir, and there alone", async () => {
    mkdirSync(mm.path("disk"));
    const end = await interrupted(2, "SIGINT", "--temp-dir", "disk");
    expect(end.stderr).toContain("2 of 3 chunks");
    expect(readdirSync(hidden())).toEqual([expect.stringMatching(/^elsewhere\./), "owner.none"]);
    const lost = run("--resume");
    expect(lost.code).toBe(64);
    expect(lost.stderr).toContain("is in another --temp-dir");
    const resumed = run("--resume", "--temp-dir", "disk");
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(report().result.resumedChunks).toBe(2);
    expect(packetsOf(mm.path("out.mp4"))).toBe(undisturbed);
    expect(readdirSync(mm.path("disk"))).toEqual([]);
  });
});

const canMount = process.getuid?.() === 0 && spawnSync("mount", ["--version"]).status === 0;
if (!canMount) console.log("skipped: a disk that fills up underway, because only root can mount a small one");

describe.runIf(engine !== "" && canMount)("a disk that fills up underway", () => {
  it("keeps what was finished, and a larger one is gone on with", () => {
    const disk = mm.path("disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1400k", "tmpfs", disk]);
    try {
      const to = (...more: string[]) => mm.run(argumentsOf("-q", ...more).map((each) => (each === "out.mp4" ? "disk/out.mp4" : each)));
      const full = to();
      expect(full.code, full.stderr).toBe(75);
      expect(full.stderr).toMatch(/kept {5}[12] of 3 chunks/);
      const { kept } = report().error.details;
      execFileSync("mount", ["-o", "remount,size=20m", disk]);
      const resumed = to("--resume");
      expect(resumed.code, resumed.stderr).toBe(0);
      expect(`${report().result.resumedChunks} of 3 chunks`).toBe(kept);
      expect(packetsOf(join(disk, "out.mp4"))).toBe(undisturbed);
      expect(readdirSync(disk)).toEqual(["out.mp4"]);
    } finally {
      execFileSync("umount", [disk]);
    }
  });
});
