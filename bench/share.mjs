// `npm run bench -- share [words]`: jobs that start at once in one memory cgroup, mm beside plain ffmpeg; one that is killed; reductions beside
// transcodes. Words: "jobs=8", "seconds=4", "1G" (the limit), "ffmpeg=/path", "noshare" to see mm without sharing. Needs a cgroup that can be made.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeCgroup } from "./cgroup.mjs";
import { folder, measuringClip } from "./clip.mjs";

const MIB = 1024 * 1024;
const mm = join(dirname(fileURLToPath(import.meta.url)), "..", "bin", "mm.js");
const setting = (words, name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function run(words) {
  const ffmpeg = setting(words, "ffmpeg", "ffmpeg");
  const jobs = Number(setting(words, "jobs", "8"));
  const limit = words.find((word) => /^\d+[MG]$/.test(word)) ?? "1G";
  const clip = measuringClip("1280x720", Number(setting(words, "seconds", "4")), ffmpeg);
  const more = words.includes("noshare") ? ["--no-share"] : [];
  const lone = join(folder, "lone.mp4");
  console.log("who                          limit  wall s  exit 0  killed  OOM kills  cgroup peak  longest wait s");
  const transcode = (output) => ["node", mm, "transcode", clip, output, "-y", "--report", `${output}.json`, ...more];
  await together("mm alone", limit, [transcode(lone)]);
  const outputs = Array.from({ length: jobs }, (_, at) => join(folder, `share-${at}.mp4`));
  await together(`${jobs} x mm`, limit, outputs.map(transcode));
  const wanted = packets(ffmpeg, lone);
  const equal = outputs.filter((output) => existsSync(output) && packets(ffmpeg, output) === wanted).length;
  console.log(`  ${equal} of ${jobs} outputs have the packets of the lone run`);
  const plain = outputs.map((output) => ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", clip, "-c:v", "libx264", "-c:a", "copy", output]);
  await together(`${jobs} x ffmpeg`, limit, plain);
  await killed(transcode, outputs);
  await mixed(transcode, more);
  for (const output of [lone, ...outputs]) for (const path of [output, `${output}.json`]) rmSync(path, { force: true });
}

/** Two reductions and two transcodes. */
async function mixed(transcode, more) {
  const fasta = proteins(join(folder, "share.fasta"), 30_000);
  const reduce = (at) => [
    "node",
    mm,
    "reduce",
    "-i",
    fasta,
    "-o",
    join(folder, `share-${at}.fa`),
    "-y",
    "--report",
    join(folder, `share-${at}.fa.json`),
    ...more,
  ];
  await together("2 x reduce, 2 x transcode", "512M", [
    reduce(0),
    reduce(1),
    transcode(join(folder, "share-0.mp4")),
    transcode(join(folder, "share-1.mp4")),
  ]);
}

/** One that holds most of the memory is killed: how long until the next one, which waits for it, has a plan. */
async function killed(transcode, outputs) {
  const cgroup = makeCgroup(`mm-share-${process.pid}`, 420 * MIB);
  if (cgroup === undefined) return;
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const first = start(cgroup, [...transcode(outputs[0]), "--progress", "json"]);
    await first.says('"phase":"encode"');
    const second = start(cgroup, [...transcode(outputs[1]), "--progress", "json"]);
    await second.says('"type":"waiting"');
    await pause(700);
    const sinceMs = performance.now();
    first.child.kill("SIGKILL");
    await second.says('"type":"plan"');
    times.push(performance.now() - sinceMs);
    second.child.kill("SIGKILL");
    await Promise.all([first.exit, second.exit]);
    await pause(300);
  }
  cgroup.remove();
  console.log(`  killed with -9: the next one has its memory and its plan after ${times.map((ms) => ms.toFixed(0)).join(", ")} ms`);
}

async function together(who, limit, commands) {
  const cgroup = makeCgroup(`mm-share-${process.pid}`, Number.parseInt(limit, 10) * (limit.endsWith("G") ? 1024 * MIB : MIB));
  if (cgroup === undefined) throw new Error("no memory cgroup can be made here");
  let peakBytes = 0;
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, cgroup.usage());
  }, 10);
  const startedMs = performance.now();
  const exits = await Promise.all(commands.map((command) => start(cgroup, command).exit));
  const wall = ((performance.now() - startedMs) / 1000).toFixed(1);
  clearInterval(timer);
  const kills = oomKills(cgroup.procs);
  await pause(300);
  cgroup.remove();
  const reports = commands.map((command) => command[command.indexOf("--report") + 1]).filter((path) => path.endsWith(".json"));
  const waits = reports.filter(existsSync).map((path) => JSON.parse(readFileSync(path, "utf8")).memory.admissionWaitMs);
  const [fine, dead] = [exits.filter((code) => code === 0).length, exits.filter((code) => code === 137).length];
  const wait = waits.length === 0 ? "-" : (Math.max(...waits) / 1000).toFixed(1);
  const cells = [
    who.padEnd(28),
    limit.padEnd(5),
    wall.padStart(7),
    String(fine).padStart(7),
    String(dead).padStart(7),
    String(kills).padStart(10),
  ];
  console.log([...cells, `${(peakBytes / MIB).toFixed(0)} MiB`.padStart(12), wait.padStart(15)].join(" "));
}

/** The shell joins the cgroup before it becomes the command. */
function start(cgroup, [file, ...args]) {
  const child = spawn("sh", ["-c", 'echo $$ > "$0" && exec "$@"', cgroup.procs, file, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  const waiting = new Set();
  child.stderr.on("data", (data) => {
    text += data;
    for (const look of waiting) look();
  });
  const says = (words) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (!text.includes(words)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      child.on("close", () => reject(new Error(`ended without ${words}: ${text.slice(-2000)}`)));
      look();
    });
  const exit = new Promise((resolve) => child.on("close", (code, signal) => resolve(signal === "SIGKILL" ? 137 : (code ?? 128))));
  return { child, says, exit };
}

function oomKills(procs) {
  const events = ["memory.oom_control", "memory.events"].map((name) => join(dirname(procs), name)).find(existsSync);
  return events === undefined ? "-" : Number(/^oom_kill (\d+)$/m.exec(readFileSync(events, "utf8"))?.[1] ?? 0);
}

function packets(ffmpeg, path) {
  return execFileSync(ffmpeg, ["-v", "error", "-i", path, "-map", "0", "-c", "copy", "-f", "streamhash", "-"], { encoding: "utf8" });
}

/** Families of five, the same bytes everywhere. */
function proteins(path, count) {
  mkdirSync(folder, { recursive: true });
  let state = 7;
  const random = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const letters = "ACDEFGHIKLMNPQRSTVWY";
  const lines = [];
  let family = [];
  for (let at = 0; at < count; at += 1) {
    if (at % 5 === 0) family = Array.from({ length: 200 + random(200) }, () => letters[random(20)]);
    const own = family.map((letter) => (random(100) < 4 ? letters[random(20)] : letter));
    lines.push(`>p${at}`, own.join(""));
  }
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}
