// `npm run bench -- calibrate [words]`: the memory model beside measurement, for every engine this machine has.
// Words: h264 hevc vp9 av1 (codec of the encoder), 480p 1080p 4k, sources (lanes whose input is neither h264 nor hevc), decode, join, prices,
// "engine=4.1". Without words: all but prices.
// Rows go to bench/calibration/*.jsonl, the newest of each kept. A miss is measured > 1.03 x planned or planned > 1.25 x measured.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listEngines } from "../dist/media/index.js";
import * as model from "../dist/media/model/index.js";
import { clipOf, longClip } from "./calibration/clips.mjs";
import { decodeGrid, laneGrid } from "./calibration/grid.mjs";
import { measureChild } from "./calibration/measure.mjs";
import { measurePrices } from "./calibration/prices.mjs";

const MIB = 1024 * 1024;
const UNDER = 1.03;
const OVER = 1.25;
const folder = join(tmpdir(), "mm-calibrate");
const results = join(dirname(fileURLToPath(import.meta.url)), "calibration");

function runTool(file, args) {
  return new Promise((resolve) => {
    execFile(file, args, { maxBuffer: 8 * MIB }, (error, stdout, stderr) => resolve({ code: error === null ? 0 : 1, stdout, stderr }));
  });
}

async function engines(words) {
  const wanted = words.find((word) => word.startsWith("engine="))?.slice("engine=".length);
  const listings = await listEngines({ searchPath: process.env.PATH ?? "", run: runTool });
  const found = listings.flatMap(({ engine }) => (engine === undefined ? [] : [engine]));
  return found.filter((engine) => wanted === undefined || engine.version.startsWith(wanted));
}

/** What the model asks of an engine, and how rows name it. */
function release({ major, minor, isStatic }) {
  return { major, minor, isStatic };
}

function engineName({ version }) {
  return version.split(/[ -]/)[0];
}

const input = ["-nostdin", "-hide_banner", "-v", "error", "-y", "-noautorotate"];

/** `more`: what else the encoder is told, its rate or its pass. */
function laneArguments(engine, { path, decoder, frames, encoder, output, more, timeBase = "1:15360" }) {
  const quiet = encoder.codec === "hevc" ? ["log-level=error"] : [];
  return [
    ...[...input, "-threads", String(decoder.threads), "-copyts", "-i", `file:${path}`, "-map", "0:v:0", "-frames:v", String(frames)],
    ...["-vf", "settb=1/15360,trim=start_pts=0", engine.caps.frameSync, "passthrough", "-enc_time_base", timeBase, "-filter_threads", "1"],
    ...[...model.encoderArgs(encoder, quiet), ...more, "-video_track_timescale", "15360", "-f", "mp4", `file:${output}`],
  ];
}

/** The settings in a few words, by which rows are told apart. */
function settingWords(encoder) {
  const { preset, threads, lookahead, bframes, refs, lag } = encoder;
  if (encoder.codec === "h264") {
    return `${preset}, ${threads} ${encoder.slicedThreads ? "sliced" : "frame"}, lookahead ${lookahead}, b ${bframes}, ref ${refs}`;
  }
  if (encoder.codec === "hevc") {
    return `${preset}, ${encoder.pools}+${encoder.frameThreads}, lookahead ${lookahead}, b ${bframes}, ref ${refs}, ctu ${encoder.ctu}`;
  }
  if (encoder.codec === "vp9") return `${preset}, ${threads} threads, lag ${lag}`;
  if (encoder.encoder === "libaom-av1") return `libaom ${preset}, ${threads} threads, lag ${lag}`;
  return `SVT ${preset}, ${encoder.lp} processors, lookahead ${lookahead}, groups of ${2 ** encoder.hierarchicalLevels}`;
}

/**
 * Rates of the encoders that have no default. libvpx holds pictures back for its second pass only, and uses them where bits are few; it
 * takes a unit of the time base for the length of a frame.
 */
const RATES = { vp9: ["-crf", "32"], av1: ["-crf", "35"] };
const SVT_RUNS = 4;
const SECOND_PASS = ["-b:v", "400k", "-passlogfile", join(folder, "pass")];

function report(row) {
  const ratio = row.plannedBytes / row.measuredBytes;
  const miss = ratio < 1 / UNDER || ratio > OVER ? " MISS" : "";
  const fuse = row.fuseBytes === undefined ? "" : ` fuse ${(row.fuseBytes / row.dataBytes).toFixed(2)} x VmData`;
  const mib = (bytes) => (bytes / MIB).toFixed(1).padStart(7);
  console.log(
    `${row.key.padEnd(86)} measured ${mib(row.measuredBytes)} planned ${mib(row.plannedBytes)}  ${ratio.toFixed(3)}${fuse}${miss}`,
  );
  return row;
}

/** As the model knows it: which decoder a codec goes to depends on the engine. */
function decoderOf(engine, { container, byteLength, decoder }, threads) {
  const readAheadBytes = model.readAheadBytes(container, byteLength, engine);
  return { ...decoder, codec: model.sourceCodec(decoder.codec, engine.decoders), threads, readAheadBytes };
}

async function lane(engine, maker, cell) {
  const clip = clipOf(cell.size, cell.kind, folder, maker);
  const decoder = decoderOf(engine, clip, cell.decoderThreads ?? 1);
  const frames = Math.min(cell.frames ?? clip.frames, clip.frames);
  const { encoder } = cell;
  const run = { path: clip.path, decoder, frames, encoder, output: join(folder, "lane.mp4") };
  const measure = (change) => measureChild({ file: engine.path, args: laneArguments(engine, { ...run, ...change }), output: "file" });
  const isSecondPass = encoder.codec === "vp9" && encoder.lag > 0;
  const pass = (number) => ({ more: [...SECOND_PASS, "-pass", number], timeBase: "1:30" });
  if (isSecondPass) await measure(pass("1"));
  let measured = await measure(isSecondPass ? pass("2") : { more: RATES[encoder.codec] ?? [] });
  // How far SVT-AV1's pipeline fills depends on how its threads and the decoder take turns: the highest of several runs.
  for (let run = 1; run < (encoder.encoder === "libsvtav1" ? SVT_RUNS : 1); run++) {
    const again = await measure({ more: RATES.av1 });
    if (again.peakBytes > measured.peakBytes) measured = again;
  }
  const { width, height, bitDepth, chroma } = decoder;
  const shape = { engine: release(engine), width, height, bitDepth, chroma, decoder, encoder, frames };
  const plannedBytes = model.predictLane(shape).totalBytes;
  return report({
    key: `${engineName(engine)} ${cell.size} ${cell.kind}${threadWords(decoder)} -> ${encoder.codec} ${settingWords(encoder)}, ${frames} frames`,
    measuredBytes: measured.peakBytes,
    plannedBytes,
    dataBytes: measured.dataBytes,
    fuseBytes: Math.round(plannedBytes * 1.15) + model.dataLimitSlackBytes(shape),
    threads: measured.threads,
    elapsedMs: measured.elapsedMs,
    shape,
  });
}

function threadWords({ threads }) {
  return threads === 1 ? "" : ` on ${threads} threads`;
}

async function decode(engine, maker, { size, kind, threads, output }) {
  const clip = clipOf(size, kind, folder, maker);
  const decoder = decoderOf(engine, clip, threads);
  const raw = [
    engine.caps.frameSync,
    "passthrough",
    "-filter_threads",
    "1",
    "-c:v",
    "rawvideo",
    "-threads",
    "1",
    "-f",
    "rawvideo",
    "pipe:1",
  ];
  const source = ["-threads", String(threads), "-copyts", "-i", `file:${clip.path}`, "-map", "0:v:0", "-vf", "trim=start_pts=0"];
  const args = [...input, ...source, ...raw];
  const measured = await measureChild({ file: engine.path, args, output });
  const shape = { ...decoder, engine: release(engine), rawOutput: true };
  const plannedBytes = model.predictDecode(shape);
  const key = `${engineName(engine)} ${size} ${kind}${threadWords(decoder)} -> raw, ${output}`;
  return report({ key, measuredBytes: measured.peakBytes, plannedBytes, dataBytes: measured.dataBytes, shape });
}

async function copy(engine, maker, samples) {
  const path = longClip(samples, folder, maker);
  const args = [...input, "-i", `file:${path}`, "-c", "copy", "-f", "mp4", `file:${join(folder, "join.mp4")}`];
  const measured = await measureChild({ file: engine.path, args, output: "file" });
  const plannedBytes = model.predictRemux(engine, samples);
  const key = `${engineName(engine)} copy of ${samples} samples`;
  const row = { key, measuredBytes: measured.peakBytes, plannedBytes, dataBytes: measured.dataBytes };
  return report({ ...row, engine: release(engine), samples });
}

/** Keeps rows of earlier runs that this run did not measure again. */
function save(name, rows) {
  if (rows.length === 0) return;
  const path = join(results, `${name}.jsonl`);
  const earlier = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  const merged = new Map(earlier.map((line) => [JSON.parse(line).key, line]));
  for (const row of rows) merged.set(row.key, JSON.stringify(row));
  writeFileSync(path, `${[...merged.values()].join("\n")}\n`);
}

const CODECS = ["h264", "hevc", "vp9", "av1"];

export async function run(words) {
  mkdirSync(folder, { recursive: true });
  const found = await engines(words);
  const maker = found[0];
  if (maker === undefined) throw new Error("no ffmpeg found");
  const codecs = CODECS.filter((codec) => words.includes(codec));
  const sizes = ["480p", "1080p", "4k"].filter((size) => words.includes(size));
  if (words.includes("prices")) {
    const media = join(process.env.MM_TEST_DATA ?? "", "media");
    save("prices", await measurePrices({ engine: maker, model, codecs: codecs.length > 0 ? codecs : CODECS, folder, media }));
    return;
  }
  const others = words.includes("decode") || words.includes("join");
  const all = codecs.length === 0 && sizes.length === 0 && !others && !words.includes("sources");
  const sources = words.includes("sources");
  const wanted = (cell) =>
    (!sources || cell.isSource === true) &&
    (codecs.length === 0 || codecs.includes(cell.encoder.codec)) &&
    (sizes.length === 0 || sizes.includes(cell.size));
  const lanes = all || sources || codecs.length > 0 || sizes.length > 0 ? laneGrid(model).filter(wanted) : [];
  const rows = { lanes: [], decode: [], join: [] };
  for (const engine of found) {
    const able = ({ encoder, oldestEngine = 0 }) => engine.major >= oldestEngine && engine.encoders.includes(model.encoderName(encoder));
    for (const cell of lanes.filter(able)) rows.lanes.push(await lane(engine, maker, cell));
    for (const cell of all || words.includes("decode") ? decodeGrid() : []) rows.decode.push(await decode(engine, maker, cell));
    for (const samples of all || words.includes("join") ? [2000, 200_000] : []) rows.join.push(await copy(engine, maker, samples));
  }
  for (const [name, list] of Object.entries(rows)) save(name, list);
}
