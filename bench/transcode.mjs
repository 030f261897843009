// `npm run bench -- transcode [words]`: plain ffmpeg, one ffmpeg with the settings mm chose, and mm, in turn, on the same clip.
// Words: 480p 1080p h264 hevc vp9, a limit such as 300M, "repeat=3", "seconds=4", "clip=/path", "ffmpeg=/path". Without words: 1080p h264 at 300M and 1G.
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runInCgroup } from "./cgroup.mjs";
import { folder, measuringClip } from "./clip.mjs";

const MIB = 1024 * 1024;
const mm = join(dirname(fileURLToPath(import.meta.url)), "..", "bin", "mm.js");

const sizeOf = { "480p": "854x480", "1080p": "1920x1080" };
const setting = (words, name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;

export async function run(words) {
  const ffmpeg = setting(words, "ffmpeg", "ffmpeg");
  const repeats = Number(setting(words, "repeat", "1"));
  const seconds = Number(setting(words, "seconds", "12"));
  const sizes = Object.keys(sizeOf).filter((size) => words.includes(size));
  const codecs = Object.keys(ENCODERS).filter((codec) => words.includes(codec));
  const limits = words.filter((word) => /^\d+[MG]$/.test(word));
  console.log("who         clip        limit   exit   wall s  fps    cgroup peak   planned   measured   measured/planned");
  for (const size of sizes.length > 0 ? sizes : ["1080p"]) {
    const clip = setting(words, "clip", undefined) ?? measuringClip(sizeOf[size], seconds, ffmpeg);
    for (const codec of codecs.length > 0 ? codecs : ["h264"]) {
      for (const limit of limits.length > 0 ? limits : ["300M", "1G"]) {
        const ratios = [];
        for (let at = 0; at < repeats; at += 1) ratios.push(await compare({ clip, size, codec, limit, ffmpeg, frames: seconds * 30 }));
        printMedians(ratios.filter((ratio) => ratio !== undefined));
      }
    }
  }
}

/** Of several repeats: a wall time on a shared machine says little alone. */
function printMedians(rounds) {
  if (rounds.length < 2) return;
  const median = (name) => {
    const values = rounds.map((round) => round[name]).filter((value) => value !== undefined);
    return values.length === 0 ? "-" : values.sort((a, b) => a - b)[values.length >> 1].toFixed(3);
  };
  console.log(`            medians of ${rounds.length}: speed ${median("speed")}   wall ${median("wall")}   peak ${median("peak")}`);
}

const ENCODERS = {
  h264: ["libx264", "-preset", "medium"],
  hevc: ["libx265", "-preset", "medium"],
  vp9: ["libvpx-vp9", "-crf", "32", "-b:v", "0"],
};

/**
 * One round: plain ffmpeg with its defaults, mm, one ffmpeg with the settings mm chose, and, where mm chose several lanes, mm with one.
 * Returns mm's wall time as a share of plain ffmpeg's, and that of one lane, with its peak, as shares of one ffmpeg with the same settings.
 */
async function compare({ clip, size, codec, limit, ffmpeg, frames }) {
  const label = `${size} ${codec}`;
  const limitBytes = Number.parseInt(limit, 10) * (limit.endsWith("G") ? 1024 * MIB : MIB);
  const output = (who) => join(folder, `${who}-${size}-${codec}.mp4`);
  const base = ["-nostdin", "-v", "error", "-y"];
  const plainArgs = [...base, "-i", clip, "-c:v", ...ENCODERS[codec], "-c:a", "copy", output("ffmpeg")];
  const plain = await runInCgroup(ffmpeg, plainArgs, { limitBytes });
  row("ffmpeg", label, limit, plain, frames);
  const report = join(folder, "report.json");
  const transcode = async (name, more) => {
    const words = [
      "transcode",
      clip,
      output(name),
      "-y",
      "--codec",
      codec,
      "--max-memory",
      limit,
      "--report",
      report,
      "--ffmpeg",
      ffmpeg,
      "-q",
    ];
    const run = await runInCgroup(process.execPath, [mm, ...words, ...more], { limitBytes });
    const { memory, result } = JSON.parse(readFileSync(report, "utf8"));
    row(name, label, limit, run, frames, memory);
    return { run, result };
  };
  const ours = await transcode("mm", []);
  if (ours.run.code !== 0) return undefined;
  const { lanes, lowered, encoderArgs } = ours.result;
  const single = lanes > 1 ? await transcode("mm, 1 lane", ["--lanes", "1"]) : ours;
  const sameArgs = [...base, "-threads", "2", "-i", clip, "-filter_threads", "1", ...(single.result?.encoderArgs ?? encoderArgs)];
  const same = await runInCgroup(ffmpeg, [...sameArgs, "-c:a", "copy", output("same")], { limitBytes, env: { MALLOC_ARENA_MAX: "2" } });
  row("ffmpeg=mm", label, limit, same, frames);
  const speed = plain.code === 0 ? ours.run.wallSeconds / plain.wallSeconds : undefined;
  const wall = same.code === 0 ? single.run.wallSeconds / same.wallSeconds : undefined;
  const peak = same.code === 0 ? single.run.peakBytes / same.peakBytes : undefined;
  const bytes = plain.code === 0 ? statSync(output("mm")).size / statSync(output("ffmpeg")).size : undefined;
  const say = (value) => value?.toFixed(3) ?? "-";
  console.log(
    `            ${lanes} lanes, lowered ${lowered.map((step) => `${step.setting} ${step.to}`).join(", ") || "nothing"}: speed mm/ffmpeg ${say(speed)}, size ${say(bytes)}; one lane mm/ffmpeg=mm wall ${say(wall)}, peak ${say(peak)}`,
  );
  return { speed, wall, peak };
}

function row(who, label, limit, { code, wallSeconds, peakBytes, measuredBy }, frames, memory) {
  const mib = (bytes) => `${(bytes / MIB).toFixed(1)} MiB`;
  const cells = [
    who.padEnd(11),
    label.padEnd(11),
    limit.padEnd(7),
    String(code).padEnd(6),
    wallSeconds.toFixed(2).padStart(6),
    (code === 0 ? frames / wallSeconds : 0).toFixed(1).padStart(6),
    mib(peakBytes).padStart(12),
  ];
  if (memory !== undefined)
    cells.push(
      mib(memory.plannedPeakBytes).padStart(10),
      mib(memory.peakBytes).padStart(10),
      (memory.peakBytes / memory.plannedPeakBytes).toFixed(3).padStart(8),
    );
  console.log(cells.join(" "), measuredBy === "cgroup" ? "" : measuredBy);
}
