// `npm run bench -- transcode [words]`: plain ffmpeg, one ffmpeg with the settings mm chose, and mm, in turn, on the same clip.
// Words: 480p 1080p h264 hevc, a limit such as 300M, "repeat=3", "seconds=4", "ffmpeg=/path". Without words: 1080p h264 at 300M and 1G.
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
  const codecs = ["h264", "hevc"].filter((codec) => words.includes(codec));
  const limits = words.filter((word) => /^\d+[MG]$/.test(word));
  console.log("who         clip        limit   exit   wall s  fps    cgroup peak   planned   measured   measured/planned");
  for (const size of sizes.length > 0 ? sizes : ["1080p"]) {
    const clip = measuringClip(sizeOf[size], seconds, ffmpeg);
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
function printMedians(ratios) {
  if (ratios.length < 2) return;
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1].toFixed(3);
  const [wall, peak] = ["wall", "peak"].map((name) => median(ratios.map((ratio) => ratio[name])));
  console.log(`            median of ${ratios.length}: wall mm/ffmpeg=mm ${wall}   peak ${peak}`);
}

/** One round of the three. Returns mm's wall time and peak as shares of those of one ffmpeg with the same settings, if both ended well. */
async function compare({ clip, size, codec, limit, ffmpeg, frames }) {
  const encoder = codec === "hevc" ? "libx265" : "libx264";
  const label = `${size} ${codec}`;
  const limitBytes = Number.parseInt(limit, 10) * (limit.endsWith("G") ? 1024 * MIB : MIB);
  const output = (who) => join(folder, `${who}-${size}-${codec}.mp4`);
  const base = ["-nostdin", "-v", "error", "-y"];
  const plain = await runInCgroup(ffmpeg, [...base, "-i", clip, "-c:v", encoder, "-preset", "medium", "-c:a", "copy", output("ffmpeg")], {
    limitBytes,
  });
  row("ffmpeg", label, limit, plain, frames);
  const report = join(folder, "report.json");
  const ours = await runInCgroup(
    process.execPath,
    [mm, "transcode", clip, output("mm"), "-y", "--codec", codec, "--max-memory", limit, "--report", report, "--ffmpeg", ffmpeg, "-q"],
    { limitBytes },
  );
  const { memory, result } = JSON.parse(readFileSync(report, "utf8"));
  const same = await runInCgroup(
    ffmpeg,
    [...base, "-threads", "2", "-i", clip, "-filter_threads", "1", ...(result?.encoderArgs ?? []), "-c:a", "copy", output("same")],
    {
      limitBytes,
      env: { MALLOC_ARENA_MAX: "2" },
    },
  );
  row("ffmpeg=mm", label, limit, same, frames);
  row("mm", label, limit, ours, frames, memory);
  if (ours.code === 0 && same.code === 0) {
    const size = (who) => statSync(output(who)).size;
    const ratio = { wall: ours.wallSeconds / same.wallSeconds, peak: ours.peakBytes / same.peakBytes };
    console.log(
      `            wall mm/ffmpeg=mm ${ratio.wall.toFixed(3)}   peak ${ratio.peak.toFixed(3)}   size ${(size("mm") / size("same")).toFixed(3)}   lowered ${result.lowered.map((step) => `${step.setting} ${step.to}`).join(", ") || "nothing"}`,
    );
    return ratio;
  }
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
