import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, FIXTURES, MmSession } from "./run-mm.ts";

let mm: MmSession;
beforeAll(() => {
  mm = new MmSession();
});
afterAll(() => mm[Symbol.dispose]());

const schema = JSON.parse(readFileSync(join(FIXTURES, "../docs/schemas/report.schema.json"), "utf8"));
const found = engines();
if (found.length === 0) console.log("skipped: transcoding, because no ffmpeg is installed");

function transcode(engine: string, input: string, output: string, ...more: string[]) {
  const run = mm.run(["transcode", input, output, "-y", "--json", "--ffmpeg", engine, ...more]);
  const report = JSON.parse(run.stdout || "{}");
  return { ...run, report };
}

describe.each(found)("with $name", ({ path: engine }) => {
  it.each([
    ["clip.mp4", "out.mp4", 120],
    ["clip.mp4", "out.mkv", 120],
    ["chunks.mp4", "out.mp4", 300],
    ["vfr.mp4", "out.mov", 68],
    ["vfr.mp4", "out.mkv", 68],
    ["rotated.mp4", "out.mp4", 60],
    ["subtitles.mkv", "out.mp4", 60],
    ["subtitles.mkv", "out.mkv", 60],
  ])("carries every frame of %s to %s, proved and within its plan", (input, output, frames) => {
    const { code, stderr, report } = transcode(engine, join(FIXTURES, input), mm.path(output), "--verify", "--preset", "veryfast");
    expect(stderr, stderr).not.toContain("Error");
    expect(code).toBe(0);
    expect(report.result).toMatchObject({ framesIn: frames, framesOut: frames, framesCompared: frames });
    expect(report.result.psnr).toBeGreaterThan(35);
    expect(report.memory.peakBytes).toBeLessThanOrEqual(report.memory.plannedPeakBytes * 1.03);
    const ajv = new Ajv2020({ strict: false });
    expect(ajv.validate(schema, report), JSON.stringify(ajv.errors)).toBe(true);
  });

  it("encodes HEVC in the depth of the source", () => {
    const { code, stderr, report } = transcode(
      engine,
      join(FIXTURES, "hevc-10bit.mp4"),
      mm.path("out.mp4"),
      "--codec",
      "hevc",
      "--preset",
      "ultrafast",
      "--verify",
    );
    expect(code, stderr).toBe(0);
    expect(report.result.encoderArgs).toContain("yuv420p10le");
    expect(report.result.framesOut).toBe(48);
  });

  it("gives the same video packets in one lane and in two", () => {
    const packets = (lanes: string) => {
      const run = transcode(engine, join(FIXTURES, "chunks.mp4"), mm.path("out.mp4"), "--preset", "veryfast", "--lanes", lanes);
      expect(run.code, run.stderr).toBe(0);
      expect(run.report.result).toMatchObject({ lanes: Number(lanes), chunks: 2, framesOut: 300 });
      expect(run.report.memory.peakBytes).toBeLessThanOrEqual(run.report.memory.plannedPeakBytes * 1.03);
      const md5 = ["-v", "error", "-i", mm.path("out.mp4"), "-map", "0:v", "-c", "copy", "-f", "md5", "-"];
      return spawnSync(engine, md5, { encoding: "utf8" }).stdout;
    };
    const one = packets("1");
    expect(one).toMatch(/^MD5=/);
    expect(packets("2")).toBe(one);
  });

  it("keeps to --duration", () => {
    const { report } = transcode(engine, join(FIXTURES, "chunks.mp4"), mm.path("out.mp4"), "--duration", "3", "--preset", "ultrafast");
    expect(report.result).toMatchObject({ framesIn: 75, framesOut: 75 });
  });

  it("lowers settings to fit, says so, and refuses to with --keep-settings", () => {
    const smallest = Number(
      /--max-memory (\d+)M/.exec(transcode(engine, join(FIXTURES, "clip.mp4"), mm.path("o.mp4"), "--max-memory", "40M").stdout)?.[1],
    );
    const run = transcode(engine, join(FIXTURES, "clip.mp4"), mm.path("out.mp4"), "--max-memory", `${smallest}M`);
    expect(run.code, run.stderr).toBe(0);
    expect(run.report.result.lowered.length).toBeGreaterThan(0);
    expect(run.report.memory.peakBytes).toBeLessThanOrEqual(smallest * 1024 * 1024);
    const kept = transcode(engine, join(FIXTURES, "clip.mp4"), mm.path("out.mp4"), "--max-memory", `${smallest}M`, "--keep-settings");
    expect(kept.code).toBe(75);
    const needed = Number(/--max-memory (\d+)M/.exec(kept.stdout)?.[1]);
    const roomy = transcode(engine, join(FIXTURES, "clip.mp4"), mm.path("out.mp4"), "--max-memory", `${needed}M`, "--keep-settings");
    expect(roomy.code, roomy.stderr).toBe(0);
    expect(roomy.report.result.lowered).toEqual([]);
  });
});

const ffprobe = spawnSync("ffprobe", ["-version"]).status === 0;
if (!ffprobe) console.log("skipped: outputs as ffprobe sees them, because it is not installed");

/** One stream of a file as ffprobe tells it. */
function probe(path: string, stream: string, entries: string) {
  const { stdout } = spawnSync("ffprobe", ["-v", "error", "-select_streams", stream, "-show_entries", entries, "-of", "json", path], {
    encoding: "utf8",
  });
  return JSON.parse(stdout);
}

describe.runIf(ffprobe).each(found)("seen with ffprobe, with $name", ({ path: engine }) => {
  it("the last frame of a clip of variable rate is shown as long as in the source", () => {
    transcode(engine, join(FIXTURES, "vfr.mp4"), mm.path("last.mp4"), "--preset", "ultrafast");
    expect(Number(probe(mm.path("last.mp4"), "v:0", "stream=duration").streams[0].duration)).toBeCloseTo(4, 3);
  });

  it.each(["copy", "aac"])("Matroska starts at 0 with the priming of sound (%s), and sound and picture stay together", (audio) => {
    transcode(engine, join(FIXTURES, "clip.mp4"), mm.path("primed.mkv"), "--preset", "ultrafast", "--audio", audio);
    const start = (stream: string) => Number(probe(mm.path("primed.mkv"), stream, "stream=start_time").streams[0].start_time);
    expect([start("a:0"), start("v:0")]).toEqual([0, 0.021]);
  });
});

describe.runIf(ffprobe && found.length > 0)("seen with ffprobe", () => {
  const engine = found[0]?.path ?? "";

  it("a turned clip stays turned, and its sound starts where it started", () => {
    transcode(engine, join(FIXTURES, "rotated.mp4"), mm.path("out.mp4"), "--preset", "ultrafast");
    const turn = (path: string) => probe(path, "v:0", "stream_side_data=rotation").streams[0].side_data_list[0].rotation;
    expect(turn(mm.path("out.mp4"))).toBe(turn(join(FIXTURES, "rotated.mp4")));
    const start = (path: string) =>
      Number(probe(path, "v:0", "stream=start_time").streams[0].start_time) -
      Number(probe(path, "a:0", "stream=start_time").streams[0].start_time);
    expect(start(mm.path("out.mp4"))).toBeCloseTo(start(join(FIXTURES, "rotated.mp4")), 3);
  });

  it("colour tags, chapters, title and subtitles arrive", () => {
    transcode(engine, join(FIXTURES, "hevc-10bit.mp4"), mm.path("colour.mp4"), "--codec", "hevc", "--preset", "ultrafast");
    expect(probe(mm.path("colour.mp4"), "v:0", "stream=color_space,color_transfer,color_primaries,color_range,pix_fmt").streams[0]).toEqual(
      {
        pix_fmt: "yuv420p10le",
        color_range: "tv",
        color_space: "bt2020nc",
        color_transfer: "arib-std-b67",
        color_primaries: "bt2020",
      },
    );
    transcode(engine, join(FIXTURES, "clip.mp4"), mm.path("chapters.mp4"), "--preset", "ultrafast");
    const chapters = spawnSync(
      "ffprobe",
      ["-v", "error", "-show_chapters", "-show_entries", "format_tags=title", "-of", "json", mm.path("chapters.mp4")],
      { encoding: "utf8" },
    );
    const { chapters: list, format } = JSON.parse(chapters.stdout);
    expect(list.map((chapter: { tags: { title: string } }) => chapter.tags.title)).toEqual(["One", "Two"]);
    expect(format.tags.title).toBe("Test picture");
    transcode(engine, join(FIXTURES, "subtitles.mkv"), mm.path("text.mp4"), "--preset", "ultrafast");
    expect(probe(mm.path("text.mp4"), "s:0", "stream=codec_name").streams[0].codec_name).toBe("mov_text");
  });

  it("time stamps of a clip of variable rate are the source's, tick for tick", () => {
    transcode(engine, join(FIXTURES, "vfr.mp4"), mm.path("vfr.mp4"), "--preset", "ultrafast");
    const ticks = (path: string) => {
      const packets: { pts: number }[] = probe(path, "v:0", "packet=pts").packets;
      const sorted = packets.map((packet) => packet.pts).sort((a, b) => a - b);
      return sorted.map((tick) => tick - (sorted[0] ?? 0));
    };
    expect(ticks(mm.path("vfr.mp4"))).toEqual(ticks(join(FIXTURES, "vfr.mp4")));
  });
});

const media = process.env.MM_TEST_DATA === undefined ? undefined : join(process.env.MM_TEST_DATA, "media");
if (media === undefined || !existsSync(media)) console.log("skipped: real clips, because MM_TEST_DATA is not set");
const clips = media === undefined || !existsSync(media) ? [] : readdirSync(media);

describe.runIf(clips.length > 0 && found.length > 0)("real clips", () => {
  it.each(clips)("%s is carried whole or refused with a reason", { timeout: 300_000 }, (name) => {
    const run = transcode(found[0]?.path ?? "", join(media ?? "", name), mm.path("out.mp4"), "--preset", "ultrafast", "--duration", "20");
    if (run.code === 0) expect(run.report.result.framesOut).toBe(run.report.result.framesIn);
    else {
      expect(run.code, run.stderr).toBe(69);
      expect(run.report.error.message).toMatch(/codec|has sound and no video|Dolby Vision|cannot/);
    }
  });
});
