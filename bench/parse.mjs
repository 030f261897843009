// `npm run bench -- parse [words]`: mm parse beside a program that builds the same releases with saxes, and beside xmllint, which builds nothing.
// Words: "catalogue" (one ERN 3.8.2 message of 100 MB, or of sizes such as 10M or 1G), "box-sets" (30 messages of 4.3), "many" (10,000 messages of
// 10 kB, or "count=1000"), "linear" (one token of 32 MB and of 64 MB, or "giant=8M" and twice that); without any of these all four. "repeat=3" (the
// fastest counts), "only=mm,saxes" by the beginning of their names, "limit=128M" for mm. "scan" is mm's scanner alone (parse/scan.cc), where there is a
// g++. Peaks are of the process, file pages included (wait4(2)).
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { giantTokens, makeGiant, makeMessage, makeSmallMessage } from "../fixtures/ddex.mjs";
import { measureChild } from "./parse/measured-child.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const NATIVE = join(HERE, "..", "native");
const MIB = 1024 * 1024;
const BOX_SETS = 30;
/** Less than this is within what Node's start differs by. */
const NOTICEABLE_SECONDS = 0.1;
const folder = join(tmpdir(), "mm-bench-parse");
const inputs = join(folder, "inputs");
const [records, output, errors, report, scan] = ["records", "output", "errors", "report.json", "scan"].map((name) => join(folder, name));

const setting = (words, name, fallback) => words.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;
const bytesOf = (size) => Number.parseInt(size, 10) * (size.endsWith("G") ? 1e9 : 1e6);

export async function run(words) {
  mkdirSync(inputs, { recursive: true });
  const sizes = words.filter((word) => /^\d+[MG]$/.test(word));
  const chosen = ["catalogue", "box-sets", "many", "linear"].filter((name) => words.includes(name));
  if (chosen.length === 0) chosen.push(...(sizes.length > 0 ? ["catalogue"] : ["catalogue", "box-sets", "many", "linear"]));
  const job = {
    repeat: Number(setting(words, "repeat", "1")),
    only: setting(words, "only", undefined)?.split(",") ?? [""],
    limit: setting(words, "limit", undefined),
  };
  compileScan();
  printRow(COLUMNS);
  if (chosen.includes("catalogue")) for (const size of sizes.length > 0 ? sizes : ["100M"]) await compare(catalogue(size), job);
  if (chosen.includes("box-sets")) await compare(boxSets(), job);
  if (chosen.includes("many")) await compare(many(Number(setting(words, "count", "10000"))), job);
  if (chosen.includes("linear")) await compareGiants(bytesOf(setting(words, "giant", "32M")), job);
  for (const each of [records, output, errors, report, scan]) rmSync(each, { force: true });
}

/** Of the parser's sources those that scan. */
function compileScan() {
  const isScanner = (name) => /^(names|namespaces|scan.*|tag_attributes|tape|text_position|value_text|xml_.*)\.cc$/.test(name);
  const sources = readdirSync(join(NATIVE, "xml")).filter(isScanner);
  const files = [join(HERE, "parse", "scan.cc"), ...sources.map((name) => join(NATIVE, "xml", name))];
  const flags = ["-std=c++20", "-O2", "-I", join(NATIVE, "xml"), "-o", scan];
  const ran = spawnSync(process.env.CXX ?? "g++", [...flags, ...files], { encoding: "utf8" });
  if (ran.status !== 0)
    console.log(
      `scan alone is left out: ${ran.error?.message ?? ran.stderr.split("\n").find((line) => line.includes("error") || line.includes("undefined"))}`,
    );
}

/** Made once and kept. */
function made(name, pieces) {
  const path = join(inputs, name);
  if (existsSync(path)) return path;
  const fd = openSync(`${path}.part`, "w");
  for (const piece of pieces()) writeSync(fd, piece);
  closeSync(fd);
  renameSync(`${path}.part`, path);
  return path;
}

function catalogue(size) {
  const path = made(`catalogue-${size}.xml`, () => makeMessage({ profile: "catalogue", seed: 1, bytes: bytesOf(size) }).pieces);
  return { name: basename(path), files: [path] };
}

function boxSets() {
  const files = Array.from({ length: BOX_SETS }, (_, at) =>
    made(`box-set-${at}.xml`, () => makeMessage({ profile: "box-set", seed: at }).pieces),
  );
  return { name: `${BOX_SETS} box sets`, files };
}

function many(count) {
  const path = join(inputs, `messages-${count}`);
  mkdirSync(path, { recursive: true });
  const files = Array.from({ length: count }, (_, at) =>
    made(join(basename(path), `${String(at).padStart(6, "0")}.xml`), () => [makeSmallMessage(1, at)]),
  );
  return { name: `${count} messages`, files, folder: path };
}

/** argv of each; `releases` counts what came out. */
function tools({ files, folder: inside }, { only, limit }) {
  const mm = [
    process.execPath,
    join(HERE, "..", "bin", "mm.js"),
    "parse",
    inside ?? files,
    "-o",
    records,
    "-y",
    "-q",
    "--report",
    report,
  ].flat();
  if (limit !== undefined) mm.push("--max-memory", limit);
  const releases = () => JSON.parse(readFileSync(report, "utf8")).result.releases;
  const all = [
    { name: "mm", argv: mm, releases },
    { name: "mm records", argv: [...mm, "--mode", "records"], releases },
    {
      name: "saxes",
      argv: [process.execPath, join(HERE, "parse", "saxes.mjs"), records, ...files],
      releases: () => Number(readFileSync(output, "utf8")),
    },
    { name: "scan", argv: [scan, ...files], releases: () => "" },
    { name: "xmllint", argv: ["/usr/bin/xmllint", "--stream", "--noout", "--huge", ...files], releases: () => "" },
  ];
  return all.filter(({ name, argv }) => only.some((word) => name.startsWith(word)) && existsSync(argv[0]));
}

async function compare(set, job) {
  const bytes = set.files.reduce((sum, file) => sum + statSync(file).size, 0);
  const digests = new Map();
  for (const tool of tools(set, job)) {
    const best = await fastest(tool, job.repeat);
    if (best.code === 0 && (tool.name === "mm" || tool.name === "saxes")) digests.set(tool.name, await digestReleases());
    printRow({
      who: tool.name,
      input: set.name,
      wall: best.seconds.toFixed(2),
      cpu: best.cpuSeconds.toFixed(2),
      rate: (bytes / 1e6 / best.seconds).toFixed(0),
      files: (set.files.length / best.seconds).toFixed(0),
      peak: `${(best.peakBytes / MIB).toFixed(0)} MiB`,
      open: String(best.mostOpenFiles),
      releases: best.code === 0 ? String(tool.releases()) : `exit ${best.code}`,
    });
    if (best.code !== 0) console.log(best.said);
  }
  if (digests.size === 2)
    console.log(`the releases of mm and saxes are ${new Set(digests.values()).size === 1 ? "the same bytes" : "not the same"}`);
}

/** Of the lines that are releases: a message has others. */
async function digestReleases() {
  const hash = createHash("sha256");
  for await (const line of createInterface({ input: createReadStream(records) })) {
    if (line.startsWith('{"type":"release"')) hash.update(`${line}\n`);
  }
  return hash.digest("hex");
}

async function fastest(tool, repeat) {
  let best;
  for (let at = 0; at < repeat; at += 1) {
    rmSync(records, { force: true });
    const ran = await measureChild(tool.argv, { output, errors });
    if (best === undefined || ran.seconds < best.seconds) best = ran;
    if (ran.code === -1) break;
  }
  return best;
}

/**
 * Processor time of a token of n bytes, and of one twice as long: start-up, measured with a token of a byte, taken off. -1 is the exit of what took
 * two minutes and was ended.
 */
async function compareGiants(bytes, job) {
  console.log("\nCPU seconds of one token, and of one twice as long");
  for (const token of giantTokens) {
    const sized = (count) => made(`giant-${token}-${count}.xml`, () => makeGiant({ token, bytes: count, seed: 1 }));
    const files = [1, bytes, 2 * bytes].map(sized);
    for (const { name } of tools({ files }, job)) {
      const runs = [];
      for (const file of files) {
        if (runs.at(-1)?.code !== -1)
          runs.push(await fastest(tools({ files: [file] }, { ...job, only: [name] })[0], Math.max(3, job.repeat)));
      }
      const [start, ...seconds] = runs.map(({ cpuSeconds }) => cpuSeconds);
      const [once, twice] = seconds.map((each) => each - start);
      const ratio = twice === undefined ? "" : once < NOTICEABLE_SECONDS ? "too fast to tell" : `ratio ${(twice / once).toFixed(2)}`;
      const cells = [name.padEnd(12), token.padEnd(12), ...seconds.map((each) => each.toFixed(2).padStart(7)), ratio];
      console.log(`${cells.join("  ")}  exit ${runs.map(({ code }) => code).join(" ")}`);
    }
    for (const file of files) rmSync(file);
  }
}

const COLUMNS = {
  who: "who",
  input: "input",
  wall: "wall s",
  cpu: "CPU s",
  rate: "MB/s",
  files: "files/s",
  peak: "peak",
  open: "open files",
  releases: "releases",
};
const WIDTHS = { who: 12, input: 20, wall: 7, cpu: 7, rate: 5, files: 8, peak: 9, open: 10, releases: 9 };

function printRow(row) {
  const isName = (column) => column === "who" || column === "input";
  const cells = Object.entries(row).map(([column, text]) => (isName(column) ? text.padEnd(WIDTHS[column]) : text.padStart(WIDTHS[column])));
  console.log(cells.join("  ").trimEnd());
}
